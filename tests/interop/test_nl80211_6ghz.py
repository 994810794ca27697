# SPDX-License-Identifier: GPL-2.0-or-later
"""The 6 GHz band: `vifi ap` and `vifi sta`, with Debian's hostapd and wpa_supplicant at the other end.

    ap    hostapd or vifi ap ──)))  (((── sta   wpa_supplicant or vifi sta

Judges: the kernel, which refuses an access point without the elements of 802.11ax, and takes the width from them; iw at both ends;
tshark on the recording of hwsim0; and the elements of hostapd for the same file.
"""
import pytest

from radios import FOLDER

KERNEL = "6.12"
NETWORK = ("ssid=six\nhw_mode=a\ncountry_code=DE\nieee80211ax=1\nwmm_enabled=1\nwpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\n"
           "sae_password=interoperable\nsae_pwe=1\n")
CHANNELS = {  # lines of hostapd.conf, what iw says: frequency, width, centre
    "20": ("channel=5\nop_class=131\n", (5975, 20, 5975)),
    "80": ("channel=5\nop_class=133\nhe_oper_chwidth=1\nhe_oper_centr_freq_seg0_idx=7\n", (5975, 80, 5985)),
    "160": ("channel=37\nop_class=134\nhe_oper_chwidth=2\nhe_oper_centr_freq_seg0_idx=47\n", (6135, 160, 6185)),
}
BLOCK = 'network={\nssid="six"\nkey_mgmt=SAE\npsk="interoperable"\nieee80211w=2\n}\n'
ON_AIR = "the network is on the air"


@pytest.fixture
def air(lab):
    lab.run("iw reg set DE; sleep 0.5")
    yield lab
    lab.run("iw reg set 00")


def start(air, kind, conf):
    ap = air.node("ap")
    if kind == "hostapd":
        ap.hostapd(conf)
    else:
        ap.vifi("ap", f"interface=wlan0\ndriver=nl80211\n{conf}", options="-d").wait_for(ON_AIR)
    ap.address("10.9.0.1/24")
    return ap


def connect(air, kind, freqs):
    sta = air.node("sta")
    block = BLOCK.replace("}", f"scan_freq={freqs}\n}}") if freqs else BLOCK
    if kind == "wpa_supplicant":
        sta.wpa_supplicant("sae_pwe=2\n" + block).wait_for("CTRL-EVENT-CONNECTED", seconds=60)
    else:
        sta.vifi("sta", block, options="-d -i wlan0").wait_for("connected: keys are installed", seconds=60)
    sta.address("10.9.0.2/24")
    return sta


@pytest.mark.parametrize("width", CHANNELS)
@pytest.mark.parametrize("ap_kind, sta_kind", [("vifi", "wpa_supplicant"), ("hostapd", "vifi"), ("vifi", "vifi")])
def test_both_ends_have_the_channel(air, ap_kind, sta_kind, width):
    lines, wanted = CHANNELS[width]
    ap = start(air, ap_kind, NETWORK + lines)
    assert ap.channel() == wanted
    sta = connect(air, sta_kind, wanted[0])
    assert sta.pings("10.9.0.1") == 3
    assert sta.channel() == wanted
    assert ap.stations()[sta.mac]["MFP"] == "yes"
    if sta_kind == "wpa_supplicant":  # mac80211_hwsim chooses no rates of 802.11ax
        assert "wifi_generation=6" in sta.daemons["wpa_supplicant"].cli("status")


def test_elements_are_those_of_80211ax_alone(air):
    """802.11ax-2021, 26.17.2: neither HT nor VHT, the channel in HE Operation, and the capabilities of the band."""
    mark = air.mark_air()
    ap = start(air, "vifi", NETWORK + CHANNELS["80"][0])
    air.run("sleep 1")
    beacon = f"wlan.fc.type_subtype == 8 && wlan.ta == {ap.mac}"
    numbers = set(air.frames(beacon, "wlan.tag.number", mark)[-1].split(","))
    extensions = set(air.frames(beacon, "wlan.ext_tag.number", mark)[-1].split(","))
    assert not numbers & {"45", "61", "191", "192"}, numbers
    assert {"35", "36", "59"} <= extensions and "195" in numbers
    assert not air.frames(f"{beacon} && _ws.malformed", "wlan.ta", mark)
    raw = bytes.fromhex(element_of(air, beacon, mark, 36))
    assert raw[3] & 2 and raw[7:12] == bytes([5, 2, 7, 0, 6]), raw.hex()


def element_of(air, beacon, mark, extension):
    """The body of an element with this extended id, as hexadecimal digits."""
    from scapy.all import Dot11Elt, RadioTap, rdpcap  # noqa: PLC0415
    for packet in reversed(rdpcap(str(air.recorded("air", {"air": mark})))):
        element = RadioTap(bytes(packet)).getlayer(Dot11Elt)
        while element is not None and not isinstance(element.payload, type(None)):
            if element.ID == 255 and element.info[:1] == bytes([extension]):
                return element.info.hex()
            element = element.payload.getlayer(Dot11Elt)
    return ""


def test_station_looks_on_the_preferred_channels(air):
    """Without scan_freq; channel 37 is a preferred scanning channel."""
    start(air, "hostapd", NETWORK + CHANNELS["160"][0])
    sta = connect(air, "vifi", None)
    assert sta.pings("10.9.0.1") == 3 and sta.channel() == CHANNELS["160"][1]


@pytest.mark.parametrize("lines, says", [
    ("op_class=131\nchannel=5\nwpa_key_mgmt=WPA-PSK\nwpa_passphrase=interoperable\n", "the 6 GHz band has WPA3 and Enhanced Open only"),
    ("op_class=131\nchannel=5\nieee80211w=1\n", "demands that management frames are protected: set ieee80211w=2"),
    ("op_class=131\nchannel=5\nieee80211ax=0\n", "the 6 GHz band needs ieee80211ax=1"),
    ("op_class=131\nchannel=6\n", "no channel 6 in the 6 GHz band"),
    ("op_class=135\nchannel=5\n", "channels of 80+80 and 320 MHz"),
    ("op_class=131\nchannel=5\ncountry_code=CN\n", "channel 5 (5975 MHz)"),
])
def test_files_that_do_not_fit_the_band_are_refused(air, lines, says):
    ap = air.node("ap")
    done = ap.try_inside(f"vifi ap {ap.file('six.conf', f'interface=wlan0{chr(10)}driver=nl80211{chr(10)}{NETWORK}{lines}')}", 30)
    assert done.rc in (1, 2) and says in done.out, done.out


def test_check_tells_the_channel(air):
    ap = air.node("ap")
    path = ap.file("six.conf", f"interface=wlan0\ndriver=nl80211\nctrl_interface={FOLDER}/ap-ctrl\n{NETWORK}{CHANNELS['80'][0]}")
    done = ap.try_inside(f"vifi ap --check {path}")
    assert done.rc == 0 and "channel 5 (5975 MHz), 80 MHz wide, its centre at 5985 MHz, 802.11ax; country DE" in done.out, done.out
