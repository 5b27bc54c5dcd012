"""The letter box between threads."""

from __future__ import annotations

import threading

from kiosk.flow.events import Typed
from kiosk.ui.post import Post


def test_nothing_is_lost_before_the_screen_is_up() -> None:
    post, woken = Post(), []
    post(Typed("1"))
    post.wake_by(lambda: woken.append(True))
    assert woken
    assert list(post.take_all()) == [Typed("1")]


def test_letters_of_many_threads_all_arrive_each_threads_in_order() -> None:
    post = Post()
    post.wake_by(lambda: None)

    def write(who: str) -> None:
        for n in range(200):
            post(Typed(f"{who}{n}"))

    threads = [threading.Thread(target=write, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    letters = [event.character for event in post.take_all() if isinstance(event, Typed)]
    assert len(letters) == 800
    for who in "abcd":
        assert [letter for letter in letters if letter[0] == who] == [f"{who}{n}" for n in range(200)]
