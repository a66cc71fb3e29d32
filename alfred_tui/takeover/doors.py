"""What one look through each of a tenant's doors says to the doctor: pure."""

from __future__ import annotations

from datetime import datetime

from alfred_tui.model.facts import Banner
from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import TLS, TRANSPORT, Failure, FailureKind, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.takeover.findings import Finding, Level, certificate_soon

AREA = "doors"


def of_doors(
    tenant: Tenant, api: Observation, banner: Observation, limits: Limits, now: datetime
) -> list[Finding]:
    """A tenant's API by its three locks (connection, certificate, key), and its port of SSH.

    A lock behind one that does not open is not spoken of: nobody has seen it.
    """
    return [*_api(tenant, api, limits, now), _ssh(tenant, banner)]


def not_asked(tenant: Tenant, deadline: float) -> Finding:
    """A tenant whose turn did not come within ``deadline`` seconds."""
    text = f"not asked: the others took {deadline:g} s"
    advice = f"`alfred-tui doctor {tenant.name}` asks it alone"
    return Finding(AREA, tenant.name, Level.WARNING, text, advice)


def _api(tenant: Tenant, seen: Observation, limits: Limits, now: datetime) -> list[Finding]:
    failure = seen.failure
    where = f"{tenant.name} port {tenant.port}"
    if failure is not None and failure.kind is FailureKind.CONFIGURATION:
        advice = f"`alfred-tui tenants edit {tenant.name}` mends its description"
        return [Finding(AREA, where, Level.FAILING, failure.text, advice)]
    if failure is not None and failure.kind in TRANSPORT:
        advice = _REACH.get(failure.kind, _REACH[FailureKind.TIMED_OUT])
        mend = advice.format(name=tenant.name)
        return [Finding(AREA, where, Level.FAILING, failure.text, mend)]
    findings = [Finding(AREA, where, Level.OK, f"connects to {tenant.address}")]
    if failure is not None and failure.kind in TLS:
        advice = _TLS[failure.kind].format(name=tenant.name)
        subject = f"{tenant.name} certificate"
        return [*findings, Finding(AREA, subject, Level.FAILING, failure.text, advice)]
    findings += _certificate(tenant, seen, limits, now)
    return [*findings, _key(tenant, failure)]


_REACH = {
    FailureKind.NAME: "is MagicDNS on here? `alfred-tui import --tailscale` corrects names and "
    "fills in addresses",
    FailureKind.REFUSED: "on {name}: does ctrl-api run, and does `tailscale serve status` show the "
    "port?",
    FailureKind.UNREACHABLE: "is tailscale up here, and does the tailnet's policy let this machine "
    "reach {name}?",
    FailureKind.TIMED_OUT: "is {name} up? `tailscale ping` and the cloud's console tell; the "
    "tailnet's policy may shut this machine out",
    FailureKind.CUT: "on {name}: look at the log of ctrl-api",
}
_TLS = {
    FailureKind.TLS_EXPIRED: "on {name}: `tailscale cert` renews it, `tailscale serve` presents it",
    FailureKind.TLS_NAME: "give its full tailnet name: `alfred-tui tenants edit {name} --api-url "
    "https://HOST.TAILNET.ts.net:3100`, or import with --tailnet",
    FailureKind.TLS_ISSUER: "name the authority that signed it: `alfred-tui tenants edit {name} "
    "--ca-file FILE`",
    FailureKind.TLS_OTHER: "on {name}: `tailscale serve status` must show the port with TLS",
}


def _certificate(tenant: Tenant, seen: Observation, limits: Limits, now: datetime) -> list[Finding]:
    subject = f"{tenant.name} certificate"
    if tenant.api_url.startswith("http://"):
        return [Finding(AREA, subject, Level.OK, "plain http, as its description permits")]
    ends = seen.certificate_ends
    if ends is None:
        return []
    text = f"for {tenant.host}, ends {ends:%Y-%m-%d}"
    if certificate_soon(ends, now, limits):
        advice = f"on {tenant.name}: `tailscale cert` renews it"
        return [Finding(AREA, subject, Level.WARNING, text, advice)]
    return [Finding(AREA, subject, Level.OK, text)]


def _key(tenant: Tenant, failure: Failure | None) -> Finding:
    subject = f"{tenant.name} API key"
    give = f"`alfred-tui tenants edit {tenant.name} --api-key-file FILE` gives it one"
    if not tenant.api_key:
        return Finding(AREA, subject, Level.FAILING, "there is none", give)
    if failure is None:
        return Finding(AREA, subject, Level.OK, "accepted")
    if failure.kind is FailureKind.UNAUTHORIZED:
        return Finding(AREA, subject, Level.FAILING, "refused", give)
    advice = f"`alfred-tui health {tenant.name}` looks closer"
    text = f"the API answers with an error: {failure.text}"
    return Finding(AREA, subject, Level.WARNING, text, advice)


def _ssh(tenant: Tenant, seen: Observation) -> Finding:
    port = tenant.ssh.port if tenant.ssh else 22
    host = tenant.ssh.host if tenant.ssh else tenant.address
    subject = f"{tenant.name} port {port}"
    if isinstance(seen.answer, Banner):
        return Finding(AREA, subject, Level.OK, seen.answer.text)
    text = seen.failure.text if seen.failure is not None else "no banner"
    advice = (
        f"does sshd run on {host}, and does its firewall let you in? After three failed logins "
        "fail2ban shuts an address out for an hour"
    )
    return Finding(AREA, subject, Level.FAILING, text, advice)
