"""What Threads tells by webhook: what was deleted, at once instead of at the next look through.

https://developers.facebook.com/documentation/threads/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.base import Hook, Page
from connectors.kit.json_values import UNREADABLE
from connectors.kit.meta.hooks import named
from connectors.kit.undated import stated
from connectors.threads.parse import PLATFORM
from monitor.model import Removal


def heard(hooks: Sequence[Hook]) -> Iterator[Page]:
    """The removals."""
    for hook in hooks:
        try:
            at = stated(hook.value.get("deleted_at")) or hook.at
            yield Page(removals=(Removal(PLATFORM, named(hook, "id"), "deleted", at),))
        except (*UNREADABLE, StopIteration):
            yield Page(skipped=1)
