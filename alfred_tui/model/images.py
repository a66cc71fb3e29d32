"""Which image a service is made of, and which ones it was made of while its tenant was well."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Image(msgspec.Struct, frozen=True, gc=False):
    """The image of one running service.

    ``reference`` is the compose file's (``ghcr.io/x/y:latest``), ``image_id`` the local id
    (``sha256:...``): it means nothing elsewhere. ``digests`` are the registry's
    (``ghcr.io/x/y@sha256:...``), by which it can be pulled again; one that was made on the
    machine and never pulled has none.
    """

    service: str
    reference: str
    image_id: str
    digests: tuple[str, ...] = ()


class KeptImage(msgspec.Struct, frozen=True, gc=False):
    """An image that a tenant's service ran while the tenant was well; both times aware UTC."""

    tenant: str
    image: Image
    first_seen: datetime
    last_seen: datetime
