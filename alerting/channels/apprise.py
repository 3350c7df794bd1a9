"""Everything Apprise reaches: Telegram, Microsoft Teams, Discord, WhatsApp gateways, PagerDuty,
Opsgenie and a hundred more, by an address of its own kind. https://github.com/caronc/apprise

Honest about what it can: Apprise says only whether a call went through. It cannot look anything up
nor change it, and where it says no, the message may have arrived all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.email.text import text_body
from alerting.model import Receipt
from monitor.problems import Problem
from monitor.settings.sections import Duration, Section

KINDS = {"SEV1": "failure", "SEV2": "failure", "SEV3": "warning"}

for _name in ("apprise", "urllib3", "requests"):  # they log addresses, tokens included
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class AppriseOptions(Section):
    """The addresses come from SIAGA_APPRISE_URLS (or its _FILE): ``NAME=ADDRESS``, a line or a
    space between two. A brand's ``alerts: apprise:NAME`` sends to that one."""

    timeout: Duration = timedelta(seconds=30)


class AppriseChannel:
    """One address a destination. ``targets``: name -> address; each holds a secret."""

    def __init__(self, targets: Mapping[str, str], timeout_s: float = 30.0) -> None:
        self.info = ChannelInfo("apprise", max_in_flight_s=timeout_s + 5.0, pace_s=1.0)
        self._targets, self._timeout = dict(targets), timeout_s

    def __repr__(self) -> str:
        return f"AppriseChannel({', '.join(self._targets)})"

    def send(self, delivery: Delivery) -> Receipt:
        """Send it by the address of its destination."""
        address = self._address(delivery.destination)
        try:
            taken = call_with_deadline(self._timeout, lambda: _notify(address, delivery))
        except TimeoutError:
            raise DeliveryError(
                f"{delivery.destination} did not answer in time", "unknown"
            ) from None
        except Exception as error:  # a hundred plug-ins raise what they like
            raise DeliveryError(
                f"{delivery.destination} failed ({type(error).__name__})", "unknown"
            ) from None
        if taken is None:
            raise _unknown(delivery.destination)
        if not taken:
            raise DeliveryError(f"{delivery.destination} did not take it", "unknown")
        return {"apprise": delivery.destination, "key": delivery.key}

    def try_out(self, destination: str) -> None:
        """Whether there is an address by that name that Apprise knows; it is not called. Raises
        DeliveryError."""
        import apprise  # as in _notify

        if not apprise.Apprise().add(self._address(destination)):
            raise _unknown(destination)

    def _address(self, destination: str) -> str:
        address = self._targets.get(destination)
        if address is None:
            known = ", ".join(self._targets) or "none"
            raise DeliveryError(
                f"SIAGA_APPRISE_URLS has no {destination}; there are: {known}",
                "not_sent",
                permanent=True,
                scope="destination",
            )
        return address

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """What was said stays said."""
        raise DeliveryError("Apprise cannot change what it sent", "not_sent", permanent=True)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """It does not remember."""
        raise DeliveryError("Apprise does not remember", "unknown")


def _unknown(destination: str) -> DeliveryError:
    return DeliveryError(
        f"the address of {destination} is none that Apprise knows",
        "not_sent",
        permanent=True,
        scope="destination",
    )


def _notify(address: str, delivery: Delivery) -> bool | None:
    """Whether it was taken; None: the address is none."""
    import apprise  # 0.3 s, only where it is switched on

    made = apprise.Apprise()
    if not made.add(address):
        return None
    kind = KINDS.get(delivery.notice.severity, "info")
    done = made.notify(
        body=text_body(delivery),
        title=delivery.notice.headline,
        notify_type=kind,
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    return bool(done)


def targets_of(told: str) -> dict[str, str]:
    """``NAME=ADDRESS`` pairs. Raises Problem, which shows no address."""
    found = {}
    for number, part in enumerate(told.split(), 1):
        name, _, address = part.partition("=")
        if not name.isidentifier() or "://" not in address:
            raise Problem(f"SIAGA_APPRISE_URLS, entry {number}: write NAME=ADDRESS")
        found[name] = address
    return found


def _made(options: AppriseOptions, secrets: Mapping[str, str]) -> AppriseChannel:
    return AppriseChannel(targets_of(secrets["urls"]), options.timeout.total_seconds())


APPRISE = ChannelType("apprise", AppriseOptions, _made, {"urls": "SIAGA_APPRISE_URLS"})
