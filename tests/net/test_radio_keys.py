# SPDX-License-Identifier: GPL-2.0-or-later
"""Individual passphrases for stations (wpa_psk_file), and the PMKID of a returning station."""

import hashlib
import hmac

import pytest

from lab import Lab
from lab.netns import wait_for
from lab.radio import BSSID, Network
from lab.topology import ROUTER4, UPLINK_MAC

PASSPHRASE_COUNT = 300


class ManyPassphrases(Network):
    """The access point has hundreds of passphrases; the station has one of them."""

    def hostapd(self, interface, bridge=None):
        return super().hostapd(interface, bridge).replace(f"wpa_passphrase={self.passphrase}", f"wpa_psk_file={self.psk_file}")


@pytest.fixture(scope="module")
def radio(tmp_path_factory):
    network = ManyPassphrases(passphrase="passphrase of device 217")
    network.psk_file = tmp_path_factory.mktemp("many") / "psks"
    network.psk_file.write_text("".join(f"keyid=device-{n} 00:00:00:00:00:00 passphrase of device {n}\n" for n in range(PASSPHRASE_COUNT)))
    with Lab(uplink="radio", guests=0, dhcp="none", ra="none", network=network) as lab:
        yield lab


def test_station_joins_with_one_of_many_passphrases(radio):
    """The handshake finds the passphrase, and the access point logs its keyid, never the passphrase."""
    assert radio.host.ping(ROUTER4) == 1
    log = radio.services["ap"].log_text()
    assert "device-217" in log
    assert "passphrase of" not in log


def pmkid(network):
    pmk = hashlib.pbkdf2_hmac("sha1", network.passphrase.encode(), network.ssid.encode(), 4096, 32)
    return hmac.new(pmk, b"PMK Name" + bytes.fromhex((BSSID + UPLINK_MAC).replace(":", "")), "sha1").digest()[:16]


def test_returning_station_sends_its_pmkid(radio):
    """The station sends its PMKID (12.6.10.3); the restarted access point, without that PMKSA, still accepts it: status 0."""
    on_air, ap = radio.capture(), radio.services["ap"]
    ap.kill()
    wait_for("the host loses its connection", lambda: not radio.host.ping(ROUTER4), 20)
    ap.start()
    wait_for("the host regains its connection", lambda: radio.host.ping(ROUTER4), 40)
    name = ":".join(f"{byte:02x}" for byte in pmkid(radio.network))
    requests = on_air.rows(f"(wlan.fc.type_subtype == 0 || wlan.fc.type_subtype == 2) && wlan.ta == {UPLINK_MAC} && frame contains {name}",
                           "wlan.rsn.pmkid.count")
    assert requests and set(requests) == {("1",)}
    assert on_air.rows("wlan.fc.type_subtype == 1 || wlan.fc.type_subtype == 3", "wlan.fixed.status_code")[-1][0] in ("0", "0x0000")
    # Message 1 has no PMKID, because any station can request one.
    assert {row[0] for row in on_air.rows("wlan_rsna_eapol.keydes.msgnr == 1", "wlan_rsna_eapol.keydes.data_len")} == {"0"}
