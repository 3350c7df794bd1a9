"""What a failed call to Slack means for the message: surely not posted, or perhaps; for good, or
for now. From the error tables of https://docs.slack.dev/reference/methods/chat.postMessage and
measurements of slack_sdk (docs/channels.md).
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import URLError

from alerting.channels.base import DeliveryError

PERHAPS_POSTED = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "accesslimited",
    }
)
"""Slack: "it's possible some aspect of the operation succeeded"."""

RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

DESTINATION = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "user_not_in_channel",
        "user_not_found",
        "is_inactive",
        "cannot_dm_bot",
        "channel_type_not_supported",
        "posting_to_general_channel_denied",
        "cannot_post_in_channel",
    }
)

MESSAGE = frozenset(
    {
        "msg_too_long",
        "no_text",
        "msg_blocks_too_long",
        "invalid_attachments",
        "too_many_attachments",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "markdown_text_conflict",
        "attachment_payload_limit_exceeded",
    }
)

CREDENTIALS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "access_denied",
        "ekm_access_denied",
        "org_login_required",
        "two_factor_setup_required",
        "team_access_not_granted",
        "app_missing_action_url",
    }
)

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})

Scope = Literal["", "message", "destination", "credentials", "gone"]


def scope_of(code: str) -> Scope:
    """What is wrong, where Slack's answer is final; "" where the same call may work later."""
    if code in GONE:
        return "gone"
    if code in CREDENTIALS or code.startswith("token_"):
        return "credentials"
    if code in DESTINATION or code.startswith("restricted_action"):
        return "destination"
    if code in MESSAGE or code.startswith("invalid_blocks"):
        return "message"
    return ""


def from_answer(
    status: int, headers: Mapping[str, Any], code: str, needed: str = ""
) -> DeliveryError:
    """An answer that is not ``ok``. ``needed``: the scope it asks for."""
    if status == 429 or code in RATE_LIMITED:
        return DeliveryError(
            "Slack asks for a pause (rate limit)", "not_sent", retry_after=retry_after(headers)
        )
    shown = code if code.replace("_", "").isalnum() and len(code) < 60 else f"HTTP {status}"
    if status >= 500 or (status in (200, 408) and not _is_code(code)) or code in PERHAPS_POSTED:
        return DeliveryError(f"Slack failed and did not say what it did ({shown})", "unknown")
    scope = scope_of(code)
    if code == "missing_scope" and re.fullmatch(r"[a-z.:,]{1,60}", needed):
        return lacking(needed)
    text = _OF_CODE.get(code) or _OF_SCOPE.get(scope, "Slack refused this ({code})")
    return DeliveryError(text.format(code=shown), "not_sent", permanent=bool(scope), scope=scope)


def lacking(needed: str) -> DeliveryError:
    """The bot was not given this scope."""
    return DeliveryError(
        f"the bot lacks the scope {needed}; paste `siaga slack manifest` into the app's manifest "
        "and reinstall the app",
        "not_sent",
        permanent=True,
        scope="credentials",
    )


def wrong_kind(token: str) -> DeliveryError | None:
    """What is wrong with a token that is not a bot's; None where it may be one. Kinds:
    https://docs.slack.dev/authentication/tokens"""
    if token[:5] not in _KINDS:
        return None
    return DeliveryError(_KINDS[token[:5]], "not_sent", permanent=True, scope="credentials")


_KINDS = {
    "xapp-": "SLACK_BOT_TOKEN holds the app-level token (xapp-…), which is SLACK_APP_TOKEN's; copy "
    "the bot's (xoxb-…) from OAuth & Permissions",
    "xoxp-": "SLACK_BOT_TOKEN holds a person's token (xoxp-…), so that alerts would come in their "
    "name; copy the bot's (xoxb-…) from OAuth & Permissions",
    "xoxe-": "SLACK_BOT_TOKEN holds a refresh token (xoxe-…), with which nothing can be posted; "
    "copy the bot's (xoxb-…) from OAuth & Permissions",
}

_OF_SCOPE = {
    "credentials": "Slack refuses the bot token ({code}); check SLACK_BOT_TOKEN and its scopes",
    "destination": "Slack does not let us post to this channel ({code}); invite the bot to it",
    "message": "Slack refuses the form of this message ({code})",
    "gone": "the message is no longer there ({code})",
}

_OF_CODE = {
    "not_authed": "Slack refuses the bot token ({code}): there is none; put it into "
    "SLACK_BOT_TOKEN (xoxb-…)",
    "invalid_auth": "Slack refuses the bot token ({code}); check SLACK_BOT_TOKEN: copy it again "
    "from OAuth & Permissions (xoxb-…)",
    "token_revoked": "Slack refuses the bot token ({code}): it was taken back; reinstall the app "
    "and copy its token into SLACK_BOT_TOKEN",
    "token_expired": "Slack refuses the bot token ({code}): the app's tokens are rotated, which "
    "Siaga does not follow; make an app without token rotation for SLACK_BOT_TOKEN",
    "account_inactive": "Slack refuses the bot token ({code}): the bot was removed from the "
    "workspace; install the app again and copy its token into SLACK_BOT_TOKEN",
    "not_allowed_token_type": "Slack refuses the bot token ({code}): it is of another kind; "
    "SLACK_BOT_TOKEN needs the bot's (xoxb-…)",
    "channel_not_found": "Slack does not let us post to this channel ({code}): there is none of "
    "that name, or it is private and the bot is not in it; check the name, or invite the bot to it",
    "is_archived": "Slack does not let us post to this channel ({code}); take it out of the "
    "archive, or name another in the config",
    "restricted_action": "Slack does not let us post to this channel ({code}): only some people "
    "may; let the bot, or name another in the config",
}


def _is_code(code: str) -> bool:
    """Whether this is an error of Slack's, not slack_sdk's words about an unreadable body."""
    return bool(code) and code.isascii() and code.replace("_", "").isalnum()


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds Slack asks us to wait; half a minute where it does not say, an hour at most."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return min(3600.0, max(1.0, float(value)))
            except (TypeError, ValueError):
                break
    return 30.0


def from_exception(error: Exception) -> DeliveryError:
    """A call that brought no answer. Only what fails before anything can be sent is surely not
    posted: names, refused connections, certificates."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, socket.gaierror):
        return DeliveryError("Slack's name cannot be resolved; is the network up?", "not_sent")
    if isinstance(cause, ConnectionRefusedError):
        return DeliveryError("Slack refuses the connection", "not_sent")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return DeliveryError("Slack's certificate is not trusted here", "not_sent")
    if isinstance(cause, TimeoutError):
        return DeliveryError("Slack did not answer in time", "unknown")
    if isinstance(cause, OSError | HTTPException):
        return DeliveryError(f"the connection to Slack broke ({type(cause).__name__})", "unknown")
    return DeliveryError(f"Slack's answer cannot be read ({type(error).__name__})", "unknown")
