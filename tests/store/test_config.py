"""Settings: which source wins, what is refused and in which words, and where things are kept."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alfred_tui.config import ConfigError, Paths, Settings, effective, load_settings, no_color
from alfred_tui.fleet.rules import RULES
from alfred_tui.model.damping import Damp, Damping

KEY = "poll.containers_interval"
VARIABLE = "ALFRED_TUI_POLL__CONTAINERS_INTERVAL"
DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def load(
    home: Path, file: str | None = None, flags: dict[str, object] | None = None, **variables: str
) -> Settings:
    """Settings from a file of this text, flags and variables."""
    home.mkdir(exist_ok=True)
    if file is not None:
        (home / "config.toml").write_text(file, "utf-8")
    return load_settings(flags, {"ALFRED_TUI_HOME": str(home), **variables})


def refused(home: Path, file: str | None = None, **more: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load(home, file, **more)  # type: ignore[arg-type]
    return str(caught.value)


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = "[poll]\ncontainers_interval = 20\n"
    steps: list[tuple[Settings, float, str]] = [
        (load(tmp_path), 10.0, "default"),
        (load(tmp_path, file), 20.0, str(tmp_path / "config.toml")),
        (load(tmp_path, file, **{VARIABLE: "30"}), 30.0, f"environment {VARIABLE}"),
        (load(tmp_path, file, {KEY: "40"}, **{VARIABLE: "30"}), 40.0, "command line"),
    ]
    for settings, value, origin in steps:
        assert settings.poll.containers_interval == value
        assert effective(settings)[KEY] == (value, origin)
        assert settings.poll.dashboard_interval == 30.0


def test_every_default_may_be_written_down(tmp_path: Path) -> None:
    defaults = load(tmp_path)
    for key, (value, _) in effective(defaults).items():
        section, _, name = key.partition(".")
        written = str(value).lower() if isinstance(value, bool) else str(value)
        variable = f"ALFRED_TUI_{section.upper()}__{name.upper()}"
        again = load(tmp_path, **{variable: written})
        assert effective(again)[key] == (value, f"environment {variable}")


BAD = [
    ("poll.containers_interval", '"soon"', "soon", "number"),
    ("poll.containers_interval", "0.2", "0.2", "1"),
    ("poll.containers_interval", "-3", "-3", "1"),
    ("poll.containers_interval", "nan", "nan", "number"),
    ("poll.containers_interval", "inf", "inf", "number"),
    ("poll.max_in_flight", "0", "0", "whole number"),
    ("poll.max_in_flight", "2.5", "2.5", "whole number"),
    ("limits.disk_degraded", "130", "130", "100"),
    ("limits.restarts", "-1", "-1", "1"),
    ("limits.stale_intervals", "-0.5", "-0.5", "0"),
    ("ui.theme", '"pink"', "pink", "dark"),
    ("ui.ascii", '"perhaps"', "perhaps", "true or false"),
    ("log.level", '"LOUD"', "LOUD", "WARNING"),
    ("log.keep", "0", "0", "1"),
    ("damping.slow", '"5/3"', "5/3", "N <= M"),
    ("damping.slow", '"often"', "often", "N/M"),
    ("damping.slow", '"1/31"', "1/31", "30"),
]


@pytest.mark.parametrize(("key", "toml", "text", "allowed"), BAD)
def test_a_bad_value_is_named_by_key_and_place_with_what_is_allowed(
    tmp_path: Path, key: str, toml: str, text: str, allowed: str
) -> None:
    section, _, name = key.partition(".")
    variable = f"ALFRED_TUI_{section.upper()}__{name.upper()}"
    for said, place in (
        (refused(tmp_path / "f", f"[{section}]\n{name} = {toml}\n"), "config.toml"),
        (refused(tmp_path / "e", **{variable: text}), variable),
        (refused(tmp_path / "c", flags={key: text}), "command line"),
    ):
        assert key in said or variable in said
        assert place in said
        assert allowed in said
        assert text in said


@pytest.mark.parametrize("toml", ["true", "[1]", "{}", "2026-01-01", '""'])
def test_a_number_is_not_made_of_something_else(tmp_path: Path, toml: str) -> None:
    assert KEY in refused(tmp_path, f"[poll]\ncontainers_interval = {toml}\n")


OWN = "[limits]\ndisk_degraded = 80\n[tenants.acme.limits]\ndisk_degraded = 95\n"


def test_a_tenant_has_its_own_limits_and_it_is_told_whence(tmp_path: Path) -> None:
    key, more = "limits.disk_degraded", '[tenants.acme.damping]\nslow = "3/5"\n'
    settings = load(tmp_path, OWN + more, {"tenants.acme.limits.memory_degraded": "50"})
    file = str(tmp_path / "config.toml")
    assert settings.behind("birch", key) == (80.0, file)
    assert settings.behind("acme", key) == (95.0, f"{file}, for this tenant")
    assert settings.behind("acme", "limits.disk_down") == (97.0, "default")
    assert settings.of("acme").limits.memory_degraded == 50.0
    assert settings.of("acme").damping.damps() == {"slow": Damp(3, 5)}
    assert settings.of("birch").damping.damps() == {}
    assert effective(settings)[f"tenants.acme.{key}"] == (95.0, file)


@pytest.mark.parametrize(
    ("file", "meant"),
    [
        ("[tenants.acme.limits]\ndisk_degrade = 1\n", "did you mean limits.disk_degraded"),
        ("[tenants.acme.limits]\ndisk_degraded = 98\n", "tenants.acme.limits.disk_down"),
        ("[tenants.acme.poll]\nmax_slow = 1\n", "tenants.NAME.damping"),
        ("[tenants.acme]\nlimits = 1\n", "tenants.NAME.limits"),
        ("[tenants]\nacme = 1\n", "tenants.NAME.limits"),
        ("tenants = 1\n", "no setting tenants"),
    ],
)
def test_a_tenants_bad_setting_is_named(tmp_path: Path, file: str, meant: str) -> None:
    said = refused(tmp_path, file)
    assert meant in said
    assert "config.toml" in said


def test_every_rule_can_be_damped() -> None:
    assert [field.replace("_", "-") for field in Damping.__struct_fields__] == list(RULES)


def test_limits_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, "[limits]\ndisk_degraded = 98\n")
    assert "limits.disk_d" in said
    assert "config.toml" in said
    load(tmp_path, "[limits]\ndisk_degraded = 98\ndisk_down = 99\n")


@pytest.mark.parametrize(
    ("file", "meant"),
    [
        ("[poll]\ncontainer_interval = 3\n", KEY),
        ("[pol]\ncontainers_interval = 3\n", KEY),
        ("containers_interval = 3\n", KEY),
        ("[limits]\ndisk_degrade = 3\n", "limits.disk_degraded"),
        ("[ui]\ncolour = 3\n", ""),
        ("[mail]\n", ""),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    tmp_path: Path, file: str, meant: str
) -> None:
    said = refused(tmp_path, file)
    assert "config.toml" in said
    assert (f"did you mean {meant}" if meant else "alfred-tui settings") in said


def test_an_unknown_variable_is_named(tmp_path: Path) -> None:
    said = refused(tmp_path, ALFRED_TUI_POLL__CONTAINER_INTERVAL="3")
    assert "ALFRED_TUI_POLL__CONTAINER_INTERVAL" in said
    assert re.search(r"did you mean \S*containers_interval", said, re.I)


def test_broken_toml_is_named_by_its_line(tmp_path: Path) -> None:
    said = refused(tmp_path, "[poll]\n\ncontainers_interval = = 3\n")
    assert "config.toml" in said
    assert "line 3" in said


def test_a_file_that_cannot_be_read_is_no_file_without_settings(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"[ui]\ntheme = '\xff'\n")
    assert "UTF-8" in refused(tmp_path)
    (tmp_path / "config.toml").unlink()
    (tmp_path / "config.toml").mkdir()
    assert "config.toml" in refused(tmp_path)


def test_a_byte_order_mark_and_an_empty_file_are_fine(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff[ui]\nascii = true\n").ui.ascii is True
    assert load(tmp_path, "").origins == {}


def test_one_folder_holds_everything_and_is_made_private(tmp_path: Path) -> None:
    paths = load(tmp_path).paths
    assert {path.parent for path in (paths.config_file, paths.database, paths.log_file)} == {
        tmp_path
    }
    made = Paths(tmp_path / "a" / "b")
    made.ensure()
    assert stat.S_IMODE(made.home.stat().st_mode) == 0o700


def test_without_a_home_it_is_where_the_platform_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    paths = load_settings(None, {}).paths
    assert paths.home == tmp_path / "data" / "alfred-tui"
    assert tmp_path in paths.config_file.parents


def test_a_tilde_is_ones_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(None, {"ALFRED_TUI_HOME": "~/x"}).paths.home == tmp_path / "x"


@pytest.mark.parametrize(("value", "plain"), [("1", True), ("0", True), ("", False)])
def test_no_color_counts_when_it_is_not_empty(
    value: str, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert no_color({"NO_COLOR": value}) is plain


def test_reading_settings_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from alfred_tui import logs, config\n"
        "import alfred_tui.store.snapshot\n"
        "settings = config.load_settings()\n"
        "logs.begin(settings.paths, settings.log)\n"
        "heavy = {'pydantic', 'sqlmodel', 'sqlalchemy', 'alembic', 'httpx', 'textual', 'asyncio',"
        " 'logging.handlers', 'difflib', 'sqlite3', 'argparse'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"ALFRED_TUI_HOME": str(tmp_path / "h")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "h").exists()


def test_every_setting_is_documented_with_its_default(tmp_path: Path) -> None:
    documented = dict(re.findall(r"^\| `([a-z_.]+)` \| `([^`]*)` \|", DOCS.read_text(), re.M))
    for key, (value, _) in effective(load(tmp_path)).items():
        shown = str(value).lower() if isinstance(value, bool) else f"{value}"
        if isinstance(value, float):
            shown = f"{value:.10g}"
        assert documented.pop(key, None) == shown, key
    assert documented == {}
