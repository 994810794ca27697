# SPDX-License-Identifier: GPL-2.0-or-later
"""Passphrases of their own for stations (wpa_psk_file), and the PMK that a station names when it comes back."""

import hashlib
import hmac

import pytest

from lab import Lab
from lab.netns import wait_for
from lab.radio import BSSID, Network
from lab.topology import ROUTER4, W

MANY = 300


class Many(Network):
    """The access point has hundreds of passphrases, of which the station has one."""

    def hostapd(self, interface, bridge=None):
        return super().hostapd(interface, bridge).replace(f"wpa_passphrase={self.passphrase}", f"wpa_psk_file={self.psk_file}")


@pytest.fixture(scope="module")
def radio(tmp_path_factory):
    network = Many(passphrase="passphrase of device 217")
    network.psk_file = tmp_path_factory.mktemp("many") / "psks"
    network.psk_file.write_text("".join(f"keyid=device-{n} 00:00:00:00:00:00 passphrase of device {n}\n" for n in range(MANY)))
    with Lab(uplink="radio", guests=0, dhcp="none", ra="none", network=network) as lab:
        yield lab


def test_one_of_many_passphrases(radio):
    """The handshake finds it, and the access point's log calls it by its keyid, never by itself."""
    assert radio.host.ping(ROUTER4) == 1
    said = radio.services["ap"].said()
    assert "device-217" in said
    assert "passphrase of" not in said


def pmkid(network):
    pmk = hashlib.pbkdf2_hmac("sha1", network.passphrase.encode(), network.ssid.encode(), 4096, 32)
    return hmac.new(pmk, b"PMK Name" + bytes.fromhex((BSSID + W).replace(":", "")), "sha1").digest()[:16]


def test_a_station_that_comes_back_names_its_pmk(radio):
    """12.6.10.3; and the access point, which has forgotten it meanwhile, takes the station as it takes others: status 0."""
    heard, ap = radio.capture(), radio.services["ap"]
    ap.kill()
    wait_for("the host is cut off", lambda: not radio.host.ping(ROUTER4), 20)
    ap.start()
    wait_for("the host is back", lambda: radio.host.ping(ROUTER4), 40)
    name = ":".join(f"{byte:02x}" for byte in pmkid(radio.network))
    asked = heard.rows(f"(wlan.fc.type_subtype == 0 || wlan.fc.type_subtype == 2) && wlan.ta == {W} && frame contains {name}",
                       "wlan.rsn.pmkid.count")
    assert asked and set(asked) == {("1",)}
    assert heard.rows("wlan.fc.type_subtype == 1 || wlan.fc.type_subtype == 3", "wlan.fixed.status_code")[-1][0] in ("0", "0x0000")
    # Message 1 names none: anybody may ask for one.
    assert {row[0] for row in heard.rows("wlan_rsna_eapol.keydes.msgnr == 1", "wlan_rsna_eapol.keydes.data_len")} == {"0"}
