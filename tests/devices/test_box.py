"""A machine is measured from its own files: trees as a Pi 4, a Pi 5 and a plain computer lay them out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.devices.box import measure, release
from kiosk.rules.box import Interface, read

MOUNTS = """\
22 1 179:2 / / rw,noatime - ext4 /dev/mmcblk0p2 rw
24 22 0:20 / /proc rw,relatime - proc proc rw
40 22 179:3 / {data} rw,noatime shared:5 - ext4 /dev/mmcblk0p3 rw,errors=remount-ro
"""
ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
wlan1	00002A0A	00000000	0001	0	0	601	00FFFFFF	0	0	0
"""
TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.168.1.20
        /32 host LOCAL
     |-- 10.42.0.1
        /32 host LOCAL
     |-- 192.168.1.255
        /32 link BROADCAST
"""
IPV6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000dea632fffe000001 02 40 20 80     eth0
fd000000000000000000000000000002 02 40 00 00     eth0
"""
CHRONY = '#!/bin/sh\n[ "$*" = "-n -c tracking" ] || exit 1\necho "{said}"\n'
IN_STEP = "CB007109,203.0.113.9,3,1637370000.1,0.000012,0.000001,0.00002,-7.1,0.001,0.05,0.02,0.001,64.2,Normal"
ALONE = "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised"
# With `local stratum 10` (provisioning/etc/chrony) and nobody to ask: its own clock, given to others.
OWN = "7F7F0101,,10,1637370000.1,0.0,0.0,0.0,-7.1,0.0,0.05,0.0,0.0,1.0,Normal"


class Machine:
    """A folder that is laid out as a machine's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "var" / "lib" / "kiosk"
        self.data.mkdir(parents=True)

    def put(self, path: str, text: str = "") -> None:
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)

    def program(self, path: str, text: str) -> None:
        self.put(path, text)
        (self.root / path).chmod(0o755)

    def facts(self):
        return measure(self.data, self.root)


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """A machine that tells nothing at all."""
    return Machine(tmp_path)


@pytest.fixture
def pi(bare: Machine) -> Machine:
    """A Raspberry Pi 4 with its data on the card's third partition."""
    put = bare.put
    put("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.5\0")
    put("proc/sys/kernel/osrelease", "6.12.47+rpt-rpi-v8\n")
    put("proc/sys/kernel/random/boot_id", "5f0c6b3e-0000-4000-8000-000000000001\n")
    put("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n')
    put("proc/uptime", "3600.52 12000.10\n")
    put("proc/loadavg", "0.10 0.30 0.80 1/200 4321\n")
    put("proc/meminfo", "MemTotal:        3884360 kB\nMemFree:  100 kB\nMemAvailable:    2048000 kB\n")
    for core in range(4):
        put(f"sys/devices/system/cpu/cpu{core}/online", "1")
    put("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    put("sys/class/thermal/thermal_zone0/temp", "61835\n")
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n")
    put("proc/self/mountinfo", MOUNTS.format(data=bare.data.resolve()))
    put("sys/dev/block/179:3/uevent", "MAJOR=179\nMINOR=3\nDEVNAME=mmcblk0p3\nDEVTYPE=partition\n")
    put("sys/fs/ext4/mmcblk0p3/errors_count", "0\n")
    for name, text in (("type", "SD"), ("name", "SN64G"), ("manfid", "0x000003"), ("date", "08/2023")):
        put(f"sys/block/mmcblk0/device/{name}", f"{text}\n")
    for name, extra in (("eth0", "INTERFACE=eth0"), ("wlan0", "DEVTYPE=wlan"), ("wlan1", "DEVTYPE=wlan")):
        put(f"sys/class/net/{name}/uevent", f"{extra}\n")
        put(f"sys/class/net/{name}/type", "1\n")
        put(f"sys/class/net/{name}/operstate", "down\n" if name == "wlan0" else "up\n")
    put("sys/class/net/eth0/device/uevent", "DRIVER=bcmgenet\n")
    put("sys/class/net/docker0/type", "1\n")
    put("proc/self/net/route", ROUTES)
    put("proc/self/net/fib_trie", TRIE)
    put("proc/self/net/if_inet6", IPV6)
    return bare


def test_a_pi_4(pi: Machine) -> None:
    facts = pi.facts()
    assert (facts.model, facts.system, facts.kernel) == (
        "Raspberry Pi 4 Model B Rev 1.5", "Debian GNU/Linux 13 (trixie)", "6.12.47+rpt-rpi-v8",
    )  # fmt: skip
    assert (facts.heat_c, facts.throttled, facts.uptime_s, facts.load, facts.cores) == (61.835, 0x50000, 3600, 0.8, 4)
    assert (facts.memory_mb, facts.memory_free_mb) == (3793, 2000)
    assert (facts.medium, facts.card_name, facts.card_maker, facts.card_made) == ("sd", "SN64G", "0x000003", "08/2023")
    assert (facts.life_percent, facts.spare) == (None, None), "an SD card does not tell"
    assert (facts.disk_own, facts.disk_read_only, facts.disk_errors) == (True, False, 0)
    assert facts.disk_mb
    assert facts.disk_mb >= facts.disk_free_mb > 0
    assert (facts.rtc, facts.rtc_battery_mv) == (False, None)
    assert facts.versions["python"].count(".") == 2
    assert "opencv-python-headless" in facts.versions


def test_the_network_and_which_way_goes_out(pi: Machine) -> None:
    facts = pi.facts()
    assert facts.route == "eth0", "the lower metric wins"
    assert facts.interfaces == (
        Interface("eth0", "ethernet", True, ("192.168.1.20", "fd00::2")),
        Interface("wlan0", "wifi", False, ()),
        Interface("wlan1", "wifi", True, ("10.42.0.1",)),
    )


@pytest.mark.parametrize("driver", ["cdc_mbim", "rndis_host", "qmi_wwan"])
def test_a_stick_for_the_mobile_network(pi: Machine, driver: str) -> None:
    pi.put("sys/class/net/usb0/type", "1\n")
    pi.put("sys/class/net/usb0/operstate", "unknown\n")
    pi.put("sys/class/net/usb0/device/uevent", f"DRIVER={driver}\n")
    assert Interface("usb0", "modem", True, ()) in pi.facts().interfaces


def test_what_a_machine_says_can_be_told_and_read_back(pi: Machine) -> None:
    facts = pi.facts()
    assert read(json.loads(json.dumps(facts.told()))) == facts


def test_nothing_that_names_a_network_or_the_board(pi: Machine) -> None:
    pi.put("sys/firmware/devicetree/base/serial-number", "10000000abcdef01\0")
    pi.put("sys/block/mmcblk0/device/serial", "0x1234abcd\n")
    pi.put("sys/class/net/eth0/address", "dc:a6:32:00:00:01\n")
    told = json.dumps(pi.facts().told())
    assert not [text for text in ("abcdef01", "1234abcd", "dc:a6:32", "5f0c6b3e") if text in told]


def test_a_pi_5_has_a_clock_with_a_battery_and_other_folders(bare: Machine) -> None:
    bare.put("sys/firmware/devicetree/base/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    bare.put("sys/class/rtc/rtc0/name", "rpi-rtc soc@107c000000:rpi_rtc\n")
    bare.put("sys/class/rtc/rtc0/battery_voltage", "2890000\n")
    bare.put("sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled", "1\n")
    facts = bare.facts()
    assert (facts.rtc, facts.rtc_battery_mv, facts.throttled) == (True, 2890, 1)


def test_the_firmwares_program_where_there_is_no_file(bare: Machine) -> None:
    bare.program("usr/bin/vcgencmd", '#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled=0x80008\n')
    assert bare.facts().throttled is None, "no Pi is asked"
    bare.put("sys/firmware/devicetree/base/model", "Raspberry Pi 3 Model B Plus Rev 1.3\0")
    assert bare.facts().throttled == 0x80008


def test_the_kernels_watch_on_the_voltage(bare: Machine) -> None:
    bare.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    bare.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert bare.facts().under_voltage is True


@pytest.mark.parametrize(("said", "synced"), [(IN_STEP, True), (ALONE, False), (OWN, False)])
def test_chrony_says_whether_the_clock_is_in_step(bare: Machine, said: str, synced: bool) -> None:
    bare.program("usr/bin/chronyc", CHRONY.format(said=said))
    assert bare.facts().clock_synced is synced


def test_timesyncd_leaves_a_file(bare: Machine) -> None:
    assert bare.facts().clock_synced is None
    (bare.root / "run" / "systemd" / "timesync").mkdir(parents=True)
    assert bare.facts().clock_synced is False
    bare.put("run/systemd/timesync/synchronized")
    assert bare.facts().clock_synced is True


@pytest.mark.parametrize(
    ("life", "spare", "percent", "kept"),
    [("0x01 0x02", "0x01", 20, 1), ("0x0b 0x03", "0x03", 100, 3), ("0x00 0x00", "0x00", None, None)],
)
def test_an_emmc_tells_how_worn_it_is(
    pi: Machine, life: str, spare: str, percent: int | None, kept: int | None
) -> None:
    pi.put("sys/block/mmcblk0/device/type", "MMC\n")
    pi.put("sys/block/mmcblk0/device/life_time", f"{life}\n")
    pi.put("sys/block/mmcblk0/device/pre_eol_info", f"{spare}\n")
    facts = pi.facts()
    assert (facts.medium, facts.life_percent, facts.spare) == ("emmc", percent, kept)


def test_a_file_system_that_gave_up_writing_and_its_errors(pi: Machine) -> None:
    pi.put("proc/self/mountinfo", MOUNTS.format(data=pi.data.resolve()).replace("rw,errors", "ro,errors"))
    pi.put("sys/fs/ext4/mmcblk0p3/errors_count", "7\n")
    facts = pi.facts()
    assert (facts.disk_read_only, facts.disk_errors) == (True, 7)


def test_data_on_the_systems_own_partition_even_behind_a_services_own_mount(pi: Machine) -> None:
    pi.put("proc/self/mountinfo", "\n".join(MOUNTS.splitlines()[:2]) + "\n")
    assert pi.facts().disk_own is False
    own = f"50 22 179:2 /var/lib/kiosk {pi.data.resolve()} rw - ext4 /dev/mmcblk0p2 rw\n"
    pi.put("proc/self/mountinfo", MOUNTS.splitlines()[0] + "\n" + own)
    assert pi.facts().disk_own is False, "a part of the system's partition, shown again"


@pytest.mark.parametrize(
    ("name", "medium"), [("sda1", "disk"), ("nvme0n1p2", "nvme")],
)  # fmt: skip
def test_other_disks_have_other_names(pi: Machine, name: str, medium: str) -> None:
    pi.put("sys/dev/block/179:3/uevent", f"DEVNAME={name}\n")
    whole = "sda" if name == "sda1" else "nvme0n1"
    pi.put(f"sys/block/{whole}/device/model", "Một ổ\n")
    facts = pi.facts()
    assert (facts.medium, facts.card_name) == (medium, "Một ổ")


def test_what_the_card_test_noted(pi: Machine) -> None:
    (pi.data / "card-test.json").write_text('{"verdict": "suspicious", "p50_ms": 0.04}')
    facts = pi.facts()
    assert (facts.flush, facts.flush_ms) == ("suspicious", 0.04)


@pytest.mark.parametrize("text", ["", "[]", "7", '{"verdict": 3}', '{"verdict": "fine", "p50_ms": "x"}', "{"])
def test_a_torn_note_says_nothing(pi: Machine, text: str) -> None:
    (pi.data / "card-test.json").write_text(text)
    assert pi.facts().flush == ""


@pytest.mark.parametrize("ms", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_note_of_no_number_is_told_without_it(pi: Machine, ms: str) -> None:
    (pi.data / "card-test.json").write_text(f'{{"verdict": "slow", "p50_ms": {ms}}}')
    facts = pi.facts()
    assert (facts.flush, facts.flush_ms) == ("slow", None)
    assert json.dumps(facts.told(), allow_nan=False), "the hub reads no NaN"


def test_two_programs_that_see_more_and_less_of_a_machine_call_it_the_same(pi: Machine) -> None:
    pi.put("sys/firmware/devicetree/base/serial-number", "10000000abcdef01\0")
    pi.put("proc/sys/kernel/random/boot_id", "0190a4c0-5e6f-4a6e-9f6a-1d2c3b4a5e6f\n")
    sees_all = pi.facts()
    for hidden in ("proc/sys/kernel/random/boot_id", "proc/meminfo", "proc/loadavg", "proc/uptime"):
        (pi.root / hidden).unlink(missing_ok=True)  # ProcSubset=pid
    sees_less = pi.facts()
    assert sees_less.memory_mb is None
    assert sees_less.machine == sees_all.machine != ""
    assert sees_less.model == sees_all.model != ""


def test_where_the_start_is_hidden_no_other_name_takes_its_place(bare: Machine) -> None:
    bare.put("etc/machine-id", "9d3b8f0e6c3b4d0c8c5e\n")
    assert bare.facts().machine == ""
    bare.put("proc/sys/kernel/random/boot_id", "0190a4c0-5e6f-4a6e-9f6a-1d2c3b4a5e6f\n")
    assert bare.facts().machine


def test_a_machine_that_tells_nothing_or_nonsense_is_measured_all_the_same(bare: Machine) -> None:
    facts = bare.facts()
    assert (facts.heat_c, facts.throttled, facts.memory_mb, facts.medium, facts.route) == (None, None, None, "", "")
    for path in ("proc/uptime", "proc/loadavg", "proc/meminfo", "proc/self/mountinfo", "proc/self/net/route",
                 "proc/self/net/fib_trie", "proc/self/net/if_inet6", "sys/class/thermal/thermal_zone0/temp",
                 "sys/devices/platform/soc/soc:firmware/get_throttled", "sys/class/rtc/rtc0/battery_voltage",
                 "etc/os-release", "sys/firmware/devicetree/base/model"):  # fmt: skip
        bare.put(path, "\x00 |-- x = : rw - \n/32 host LOCAL\n" * 3)
    assert bare.facts().heat_c is None
    assert measure(bare.data / "gone", bare.root).disk_mb is None


def test_a_program_that_hangs_or_fails_is_not_waited_for(bare: Machine) -> None:
    bare.program("usr/bin/chronyc", "#!/bin/sh\nexit 1\n")
    assert bare.facts().clock_synced is None
    bare.put("usr/bin/chronyc", "no program")
    (bare.root / "usr/bin/chronyc").chmod(0o644)
    assert bare.facts().clock_synced is None


def test_this_very_machine_is_measured(tmp_path: Path) -> None:
    facts = measure(tmp_path)
    assert facts.kernel
    assert facts.memory_mb
    assert facts.machine
    assert facts.disk_mb
    assert measure(tmp_path).machine == facts.machine


def test_the_releases_id_is_its_folder(tmp_path: Path) -> None:
    code = tmp_path / "releases" / "2026-11-22-1" / "kiosk" / "devices" / "box.py"
    code.parent.mkdir(parents=True)
    code.touch()
    assert release(code) == "2026-11-22-1"
    assert release() == measure(tmp_path).release
