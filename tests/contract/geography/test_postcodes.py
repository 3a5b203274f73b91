"""Postcodes, the national grid and distances, checked against the packaged directory and published figures."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import brotli
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.geography import (
    MalformedPostcode,
    Point,
    Postcodes,
    UnknownPostcode,
    miles_between,
    parse_postcode,
    parse_postcode_area,
    point_of_grid,
)
from shared.geography.places import ABOLISHED_OUTCODES, initials_of_authorities
from shared.geography.postcode_file import UnknownFormat, packaged_folder, read_letter

CHESHIRE_EAST = ("E06000049",)
CAMBRIDGESHIRE_AND_PETERBOROUGH = (
    "E07000008",
    "E07000009",
    "E07000010",
    "E07000011",
    "E07000012",
    "E06000031",
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture(scope="module")
def postcodes() -> Postcodes:
    return Postcodes()


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("cw1 2bj", "CW1 2BJ"),
        ("  CW12BJ ", "CW1 2BJ"),
        ("sw1a1aa", "SW1A 1AA"),
        ("e1  6an", "E1 6AN"),
        ("W1A 0AX", "W1A 0AX"),
        ("gir0aa", "GIR 0AA"),
    ],
)
def test_a_postcode_is_read_in_any_spacing_and_case(written: str, tidy: str) -> None:
    assert str(parse_postcode(written)) == tidy


@pytest.mark.parametrize(
    "text",
    ["", "Crewe", "CW1", "CW1 2", "CW1 2B", "CW1 2BC", "Q1 1AA", "CW1 2BJ!", "12345", "CW1 2BJ CW1 2BJ", "ＣＷ1 2BJ"],
)
def test_text_of_another_form_is_not_a_postcode(text: str) -> None:
    with pytest.raises(MalformedPostcode) as refused:
        parse_postcode(text, field="near")

    assert refused.value.code == "malformed-postcode"
    assert [(error.field, error.rule) for error in refused.value.errors] == [("near", "postcode-form")]


def test_a_refusal_does_not_echo_a_long_text() -> None:
    with pytest.raises(MalformedPostcode) as refused:
        parse_postcode("x" * 5_000)

    assert len(refused.value.detail) < 100


@pytest.mark.parametrize(
    ("text", "precision"), [("CW1 2BJ", "postcode"), ("cw1 2", "sector"), ("CW1", "outcode"), ("cw12", "outcode")]
)
def test_a_part_of_a_postcode_says_how_much_of_one_it_is(text: str, precision: str) -> None:
    assert parse_postcode_area(text).precision == precision


@given(st.text(max_size=12))
def test_any_text_is_either_a_tidy_postcode_or_refused(text: str) -> None:
    try:
        postcode = parse_postcode(text)
    except MalformedPostcode:
        return

    assert parse_postcode(str(postcode)) == postcode


def test_every_postcode_of_the_directory_has_the_form_of_one() -> None:
    pairs: set[tuple[bytes, bytes]] = set()
    for initial in LETTERS:
        letter = read_letter(packaged_folder(), initial)
        if letter is not None:
            halves = letter.codes[letter.codes != b"NPT 0VA"].view("S1").reshape(-1, 7)  # an oddity of the directory
            outcodes = np.unique(np.ascontiguousarray(halves[:, :4]).view("S4"))
            inwards = np.unique(np.ascontiguousarray(halves[:, 4:]).view("S3"))
            pairs |= {(outcode, inwards[0]) for outcode in outcodes.tolist()}
            pairs |= {(outcodes[0], inward) for inward in inwards.tolist()}

    parsed = {str(parse_postcode((outcode + inward).decode())) for outcode, inward in pairs}

    assert len(parsed) == len(pairs)
    assert len(pairs) > 6_000


def test_the_grid_reference_of_the_ordnance_survey_example_gives_its_point() -> None:
    point = point_of_grid(651_409.903, 313_177.270)

    assert point.latitude == pytest.approx(52 + 39 / 60 + 28.72 / 3600, abs=5e-5)
    assert point.longitude == pytest.approx(1 + 42 / 60 + 57.79 / 3600, abs=8e-5)


def test_one_degree_of_latitude_is_sixty_nine_miles() -> None:
    miles = miles_between(Point(latitude=53, longitude=-2), Point(latitude=54, longitude=-2))

    assert miles == pytest.approx(69.0934, abs=1e-4)


@given(*[st.builds(Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180))] * 2)
def test_distance_is_the_same_both_ways_and_nothing_to_itself(one: Point, other: Point) -> None:
    assert miles_between(one, other) == pytest.approx(miles_between(other, one))
    assert miles_between(one, one) == 0
    assert 0 <= miles_between(one, other) < 12_440


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, -181), (float("nan"), 0)])
def test_a_point_off_the_earth_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(Invalid):
        Point(latitude=latitude, longitude=longitude)


def test_a_postcode_stands_at_its_own_reference(postcodes: Postcodes) -> None:
    place = postcodes.locate("CW1 2BJ")

    assert (place.postcode, place.precision) == ("CW1 2BJ", "postcode")
    assert miles_between(place.point, Point(latitude=53.098, longitude=-2.440)) < 1


def test_a_sector_and_an_outcode_stand_at_the_middle_of_their_postcodes(postcodes: Postcodes) -> None:
    own = postcodes.locate("CW1 2BJ").point
    sector = postcodes.locate("CW1 2")
    outcode = postcodes.locate("cw1")

    assert (sector.precision, outcode.precision) == ("sector", "outcode")
    assert 0 < miles_between(own, sector.point) < 2
    assert 0 < miles_between(own, outcode.point) < 5


def test_everyone_in_a_sector_stands_at_the_same_point(postcodes: Postcodes) -> None:
    letter = read_letter(packaged_folder(), "C")
    assert letter is not None
    neighbours = [code.decode() for code in letter.codes[letter.range_of("CW1 2")].tolist()]

    places = {postcodes.locate_sector(code) for code in neighbours}

    assert len(neighbours) > 50
    assert {place.precision for place in places} == {"sector"}
    assert len({place.point for place in places}) == 1


def test_a_postcode_without_a_reference_stands_at_its_sectors_centroid(postcodes: Postcodes) -> None:
    letter = read_letter(packaged_folder(), "C")
    assert letter is not None
    row = int(np.flatnonzero(letter.easting_m == -1)[0])

    place = postcodes.locate(letter.codes[row].decode())

    assert place.precision in {"sector", "outcode"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CW1 9ZZ", "no place in Great Britain has it"),
        ("XX1 1AA", "is not a postcode"),
        ("QQ1 1AA", "is not a postcode"),
        ("VV1 1AA", "is not a postcode"),
        ("BT1 1AA", "Northern Ireland is not covered"),
        ("JE2 3AB", "no place"),
        ("ZZ9 9ZZ", "is not a postcode"),
    ],
)
def test_a_postcode_without_a_place_is_refused_and_says_why(postcodes: Postcodes, text: str, why: str) -> None:
    with pytest.raises((UnknownPostcode, MalformedPostcode), match=why):
        postcodes.locate(text)


def test_no_such_postcode_and_not_a_postcode_are_told_apart(postcodes: Postcodes) -> None:
    with pytest.raises(UnknownPostcode) as unknown:
        postcodes.locate_sector("CW1 9ZZ", field="home")
    with pytest.raises(MalformedPostcode) as malformed:
        postcodes.locate_sector("CW1 9", field="home")

    assert [error.rule for error in unknown.value.errors] == ["postcode-unknown"]
    assert [error.rule for error in malformed.value.errors] == ["postcode-form"]


@pytest.mark.parametrize(
    ("text", "authority"), [("CW1 2BJ", "E06000049"), ("CB2 1TN", "E07000008"), ("PE1 1HF", "E06000031")]
)
def test_a_postcode_names_its_local_authority(postcodes: Postcodes, text: str, authority: str) -> None:
    assert postcodes.local_authority_of(text) == authority


@pytest.mark.parametrize("authorities", [CHESHIRE_EAST, CAMBRIDGESHIRE_AND_PETERBOROUGH])
def test_sampled_postcodes_are_different_and_lie_in_the_authorities(
    postcodes: Postcodes, authorities: tuple[str, ...]
) -> None:
    sample = postcodes.postcodes_of(authorities, seed=7, n=60)

    assert len(set(sample)) == 60
    assert {postcodes.local_authority_of(text) for text in sample} <= set(authorities)
    assert {postcodes.locate(text).precision for text in sample} == {"postcode"}
    assert not {text.split()[0] for text in sample} & set(ABOLISHED_OUTCODES)


def test_the_same_seed_gives_the_same_sample_and_another_seed_another(postcodes: Postcodes) -> None:
    first = postcodes.postcodes_of(CHESHIRE_EAST, seed=1, n=20)

    assert Postcodes().postcodes_of(CHESHIRE_EAST, seed=1, n=20) == first
    assert postcodes.postcodes_of(CHESHIRE_EAST, seed=2, n=20) != first


def test_more_postcodes_than_there_are_cannot_be_sampled(postcodes: Postcodes) -> None:
    with pytest.raises(ValueError, match="Sample larger"):
        postcodes.postcodes_of(["E10000003"], seed=1, n=1)


def test_the_table_of_initials_agrees_with_the_installed_directory() -> None:
    found: dict[str, str] = {}
    for initial in LETTERS:
        letter = read_letter(packaged_folder(), initial)
        for code in letter.authorities if letter is not None else ():
            if code:
                found[code] = found.get(code, "") + initial

    assert initials_of_authorities() == found


def test_only_a_few_letters_stay_in_memory() -> None:
    postcodes = Postcodes(letters_kept=2)
    tracemalloc.start()

    for text in ("B1 1BB", "SW1A 1AA", "N1 9GU", "CW1 2BJ", "L1 8JQ", "W1A 1AA"):
        postcodes.locate(text)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 10_000_000


def test_files_of_another_layout_are_refused_with_a_sentence(tmp_path: Path) -> None:
    data = {"pcd": ["CW1 2BJ"], "laua": ["E06000049"], "oseast1m": [370000], "osnrth1m": [355000]}
    packed = msgpack.packb({"columns": list(data), "data": data}, use_bin_type=True)
    (tmp_path / "postcodes_C.msgpack.br").write_bytes(brotli.compress(packed))

    with pytest.raises(UnknownFormat):
        Postcodes(folder=tmp_path).locate("CW1 2BJ")


@settings(max_examples=30, deadline=None)
@given(rows=st.data())
def test_a_letter_file_is_read_as_it_was_written(rows: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    codes = sorted(rows.draw(st.sets(st.from_regex(r"CW[1-9] [0-9][ABD]{2}", fullmatch=True), min_size=1, max_size=40)))
    authorities = rows.draw(
        st.lists(st.sampled_from(["E06000049", "E06000050", None]), min_size=len(codes), max_size=len(codes))
    )
    grid = rows.draw(st.lists(st.integers(0, 700_000) | st.none(), min_size=len(codes), max_size=len(codes)))
    folder = tmp_path_factory.mktemp("letters")
    metres = [float("nan") if value is None else float(value) for value in grid]
    data = {
        "pcd": codes,
        "laua": [float("nan") if value is None else value for value in authorities],
        "oseast1m": metres,
        "osnrth1m": metres,
    }
    packed = msgpack.packb({"columns": list(data), "data": data}, use_bin_type=True)
    (folder / "postcodes_C.msgpack.br").write_bytes(brotli.compress(packed))

    letter = read_letter(folder, "C")

    assert letter is not None
    assert [code.decode() for code in letter.codes.tolist()] == codes
    assert [letter.authorities[index] or None for index in letter.authority.tolist()] == authorities
    assert [None if value == -1 else value for value in letter.easting_m.tolist()] == grid
