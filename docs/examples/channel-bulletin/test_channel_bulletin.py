from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from channel_bulletin import build

from shared.plugins.points import Channel, ChannelAway
from tests.contract.channels.channel_contract import ChannelContract


class TestBulletin(ChannelContract):
    good_address = "7 Sample Street\nSampleton\nSA1 7AA"
    bad_address = " \n"

    @pytest.fixture
    def channel(self, tmp_path: Path) -> Channel:
        self.folder = tmp_path / "collected"
        return build(environment={"BULLETIN_FOLDER": str(self.folder)}, data_dir="unused")

    def handed_on(self, channel: Channel) -> Mapping[str, str]:
        return {path.stem: path.read_text(encoding="utf-8") for path in self.folder.glob("*.txt")}

    def test_a_folder_that_cannot_be_written_may_be_there_later(self, channel: Channel) -> None:
        self.folder.write_text("a file where the folder should be")

        with pytest.raises(ChannelAway):
            channel.send(self.a_message())
