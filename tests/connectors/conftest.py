"""Which part of the contract of the platforms `make soak` alone plays."""

from __future__ import annotations

import pytest

TRANSPORT = (
    "test_an_answer_that_is_none_in_mid_poll_is_a_named_failure",
    "test_a_platform_that_misbehaves_is_a_named_failure",
    "test_a_reply_of_ten_megabytes_is_read",
    "test_each_refusal_is_the_failure_it_stands_for",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A connector that is asked in other ways answers a broken wire by the same code: its first
    contract shows that in `make test`, the others in `make soak`."""
    for item in items:
        made = getattr(item, "cls", None)
        another_way = made is not None and made.__base__.__name__.startswith("Test")
        if another_way and getattr(item, "originalname", "") in TRANSPORT:
            item.add_marker(pytest.mark.soak)
