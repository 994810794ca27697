# SPDX-License-Identifier: GPL-2.0-or-later
"""`vifi ap` on a card with channels of 20 to 160 MHz, and moves between these widths under stations:

    vifi ap, node "ap" ──)))  (((── wpa_supplicant   (((── vifi sta

A channel of 160 MHz from 36 on has a half with radar detection, so the network starts after the minute of listening. Judges: iw at
both ends, tshark on the recording of hwsim0, and the stations, which must not connect anew.
"""
import pytest
from radios import FOLDER

NETWORK = (f"interface=wlan0\nctrl_interface={FOLDER}/ap-ctrl\nssid=home\nwpa=2\nwpa_passphrase=interoperable\nrsn_pairwise=CCMP\n"
           "hw_mode=a\nchannel=36\ncountry_code=DE\nieee80211d=1\nieee80211h=1\nwmm_enabled=1\nieee80211n=1\nht_capab=[HT40+]\n")
AC, AX = "ieee80211ac=1\n", "ieee80211ac=1\nieee80211ax=1\n"
BLOCK = 'network={\nssid="home"\npsk="interoperable"\nscan_freq=5180\n}\n'
ON_AIR = "the network is on the air"


@pytest.fixture
def air(lab):
    lab.run("iw reg set DE; sleep 0.5")
    yield lab
    lab.run("iw reg set 00")


def start(air, conf):
    ap = air.node("ap")
    daemon = ap.vifi("ap", NETWORK + conf, options="-d")
    daemon.client = f"hostapd_cli -p {FOLDER}/ap-ctrl -i wlan0"
    daemon.wait_for(ON_AIR, seconds=75)
    ap.address("10.9.0.1/24")
    return ap, daemon


def connect(air):
    """Two stations, which reach the access point."""
    stations = [air.node("w"), air.node("v")]
    stations[0].wpa_supplicant(BLOCK).wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    stations[1].vifi("sta", BLOCK, options="-d -i wlan0").wait_for("connected: keys are installed", seconds=60)
    for number, station in enumerate(stations):
        station.address(f"10.9.0.{number + 10}/24")
        assert station.pings("10.9.0.1") == 3
    return stations


@pytest.mark.parametrize("keys", [AC + "vht_oper_chwidth=2\nvht_oper_centr_freq_seg0_idx=50\n",
                                  AX + "vht_oper_chwidth=2\nvht_oper_centr_freq_seg0_idx=50\nhe_oper_chwidth=2\nhe_oper_centr_freq_seg0_idx=50\n"],
                         ids=["vht", "he"])
def test_160_mhz(air, keys):
    mark = air.mark_air()
    ap, daemon = start(air, keys)
    assert ap.channel() == (5180, 160, 5250)
    stations = connect(air)
    for station in stations:
        assert station.channel() == (5180, 160, 5250), station.name
        assert ap.stations()[station.mac]["short slot time"] == "yes"
    fields = {field: air.frames("wlan.fc.type_subtype == 8", field, mark)[-1]
              for field in ("wlan.vht.op.channelwidth", "wlan.vht.op.channelcenter0", "wlan.vht.op.channelcenter1", "_ws.malformed")}
    # IEEE 802.11-2020, Table 11-25: 80 MHz for all, and the centre of the 160 MHz
    assert [int(fields[name], 0) for name in list(fields)[:3]] == [1, 42, 50] and not fields["_ws.malformed"], fields


def test_width_changes_under_stations(air):
    """chan_switch to the same primary channel, and to another channel of another width. The kernel ends a network that announces a
    switch to the channel where it is, also that of hostapd; vifi changes the width alone."""
    ap, daemon = start(air, AC + "vht_oper_chwidth=1\n")
    assert ap.channel() == (5180, 80, 5210)
    stations = connect(air)
    for number, (options, wanted) in enumerate([
            ("5180 sec_channel_offset=1 center_freq1=5190 bandwidth=40 ht vht", (5180, 40, 5190)),
            ("5180 bandwidth=20 ht vht", (5180, 20, 5180)),
            ("5180 sec_channel_offset=1 center_freq1=5210 bandwidth=80 ht vht", (5180, 80, 5210)),
            ("5220 sec_channel_offset=1 center_freq1=5230 bandwidth=40 ht vht", (5220, 40, 5230)),
            ("5180 sec_channel_offset=1 center_freq1=5210 bandwidth=80 ht vht", (5180, 80, 5210))]):
        assert "OK" in daemon.cli(f"chan_switch 5 {options}"), options
        daemon.wait_for("moved to another channel", number + 1)
        air.run("sleep 1")
        assert ap.channel() == wanted, options
        for station in stations:
            assert station.pings("10.9.0.1") == 3, (options, station.name)
            assert station.channel() == wanted, (options, station.name, station.channel())
    assert not daemon.count("disconnected") and not stations[1].daemons["vifi-sta"].count("disconnected")
    assert not stations[0].daemons["wpa_supplicant"].count("CTRL-EVENT-DISCONNECTED")


def test_80_plus_80_mhz_becomes_80(air):
    ap, daemon = start(air, AX + "vht_oper_chwidth=3\nvht_oper_centr_freq_seg0_idx=42\nvht_oper_centr_freq_seg1_idx=155\n")
    assert daemon.count("80+80 MHz is not supported: the channel has 80 MHz") == 1
    assert ap.channel() == (5180, 80, 5210)
