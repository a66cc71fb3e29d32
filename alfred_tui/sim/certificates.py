"""A CA and a certificate for each simulated tenant; one key for all of them, quickly made."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alfred_tui.sim.papers import LASTS, Paper


class Authority:
    """Issues certificates into ``folder``; ``ca_file`` is what a client trusts."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated fleet CA")])
        ca = self._builder(self._name, self._name, LASTS).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        ca = ca.add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),
            critical=True,
        )
        self.ca_file.write_bytes(_pem(ca.sign(self._key, hashes.SHA256())))
        self._key_file = folder / "key.pem"
        self._key_file.touch(mode=0o600)
        self._key_file.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, days: float
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        ends = now + timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, ends) - timedelta(days=1))
            .not_valid_after(ends)
        )

    def context(self, host: str, paper: Paper) -> ssl.SSLContext:
        """A server's TLS context for ``host``, its certificate made now, by the machine's clock."""
        path = self.folder / f"{host}.pem"
        path.write_bytes(_pem(self._certificate(host, paper)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, self._key_file)
        return context

    def _certificate(self, host: str, paper: Paper) -> x509.Certificate:
        name = host if paper.named else f"elsewhere-{host}"
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(subject, self._name if paper.known else subject, paper.days)
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        return made.add_extension(names, critical=False).sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
