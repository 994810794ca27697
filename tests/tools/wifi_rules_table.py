#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes doc/wifi-rules.md: what the access point, the station and the paths between them must keep, and the tests of it.

    /usr/bin/python3 tests/tools/wifi_rules_table.py          writes it
    /usr/bin/python3 tests/tools/wifi_rules_table.py --check  says what is missing or out of date; exit code 1 when something is

A rule names its tests; a name that stands in no file, or in two without saying which, is an error.  FILE:NAME says which.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).parents[2]
DOC = TOP / "doc" / "wifi-rules.md"
FOLDERS = {"unit": r"^static void (\w+)\(void \*\*", "sim": r"^static void (\w+)\(void \*\*",
           "air": r"^def (test_\w+)\(", "net": r"^def (test_\w+)\(", "interop": r"^def (test_\w+)\("}

# Part, [(demand, names of tests)]
RULES = [
    ("Room", [
        ("A frame of any length, with any room before and behind it, is sent and opened with every cipher: data, management, "
         "fragments, and buffers that somebody shares.",
         "cipher_works_with_every_headroom_and_tailroom cipher_works_with_every_length syn_ack_passes_with_every_headroom_and_tailroom path_works_with_every_length "
         "management_frames_pass_with_every_headroom_and_tailroom "
         "test_failing_frames_of_2007_arrive test_packets_of_other_lengths_arrive"),
        ("Room is asked for once, as much as is used.",
         "reserved_room_equals_used_room syn_ack_passes_with_every_headroom_and_tailroom"),
    ]),
    ("Keys", [
        ("A pairwise, group or management key that is installed is not installed again, and its packet number never goes back "
         "(the reinstallation attacks of 2017).",
         "key_is_never_reinstalled test_rx_group.c:pairwise_key_is_not_installed_twice group_key_is_not_installed_twice "
         "krack_old_group_key_is_not_reinstalled test_sta_attack.c:pairwise_key_is_not_reinstalled "
         "test_sta_attack.c:group_key_is_not_reinstalled "
         "test_replayed_message_3_does_not_reset_packet_numbers test_packet_numbers_never_repeat"),
        ("A repeated message 3 or group message 1 is answered.",
         "krack_repeated_message_3_is_answered_without_reinstall krack_repeated_message_3_after_forged_message_1 "
         "krack_repeated_group_message_1_is_answered_without_reinstall"),
        ("A message of a renewal that is lost with all its retries ends no link: while keys are renewed either end opens what "
         "comes under either key, and an answer goes under the key of its question.",
         "lost_message_4_does_not_break_link rekey_survives_frame_loss repeated_message_3_is_answered_under_its_key "
         "unanswered_station_reports_timeout "
         "old_key_opens_until_new_key_is_used old_key_expires expected_key_keeps_its_replay_counter "
         "pn_is_never_reused_across_rekey fragments_under_different_keys_do_not_mix protected_management_frames_use_both_keys"),
        ("No key is all zero.", "all_zero_key_is_refused all_zero_group_key_is_refused"),
        ("Each handshake has fresh nonces.", "each_handshake_has_fresh_anonce each_handshake_has_fresh_snonce"),
        ("Message 4 counts only behind a message 2 that was verified.",
         "test_handshake_keys.c:message_4_before_message_2_is_refused test_ap_keys.c:message_4_before_message_2_is_refused"),
        ("Keys are renewed before their packet numbers end; none ever wraps.",
         "rekey_before_pn_exhaustion pn_is_exhausted_and_never_wraps exhausted_key_sends_nothing "
         "pn_exhaustion_within_batch rekey_under_traffic_loses_no_frame test_rekeying_under_traffic_loses_no_frame"),
        ("Secrets are wiped when they are given up, and stand in no message.",
         "key_wipe_clears_key_material finished_handshake_wipes_secrets pmksa_flush_wipes_keys secrets_are_compared_and_wiped "
         "test_hostapd_conf.c:secrets_do_not_appear_in_messages test_wpa_conf.c:secrets_do_not_appear_in_messages"),
    ]),
    ("Handshakes", [
        ("An EAPOL-Key frame is read within its declared length.",
         "eapol_read_is_bounded_by_declared_length truncated_eapol_frames_are_refused unterminated_key_data_is_refused"),
        ("Its MIC is right before its key data is touched; what fails is dropped by name and not answered.",
         "eapol_frame_with_any_changed_bit_is_refused unencrypted_group_key_is_refused other_suite_is_refused"),
        ("Its replay counter only rises.",
         "replayed_eapol_messages_are_discarded replay_counter_limits stale_group_message_2_is_refused "
         "test_replayed_data_frames_are_dropped "
         "answer_carries_request_replay_counter replayed_key_request_is_refused"),
        ("A message 1, which nothing protects, disturbs no link that stands.",
         "forged_message_1_does_not_disturb_handshake forged_message_1_does_not_disturb_link"),
        ("Elements that differ from what was announced end the handshake.",
         "downgraded_element_ends_handshake downgraded_rsne_is_detected test_station_ignores_an_open_access_point_with_its_ssid"),
        ("Message 1 names no PMK, where that is made of a passphrase.", "test_reassociation_request_contains_the_pmkid"),
        ("A wrong passphrase is called so, at both ends.",
         "wrong_passphrase_is_reported_by_both_ends silent_peer_is_not_reported_as_wrong_passphrase wrong_passphrase_is_reported_once "
         "wrong_passphrase_is_reported_with_backoff "
         "test_wrong_passphrase_is_reported_at_both_ends test_wrong_passphrase_is_reported_in_both_logs"),
    ]),
    ("TKIP", [
        ("ICV and sequence counter first, then Michael, and only then the counter moves.",
         "michael_failure_is_not_icv_error wrong_icv_is_not_counted_as_michael_failure forged_frame_leaves_replay_counter "
         "test_rx.c:replay_check_follows_batch_order "
         "test_wrong_icv_is_not_a_michael_failure"),
        ("Two Michael failures within 60 s: nobody uses TKIP for 60 s.",
         "two_michael_failures_within_60_s_stop_tkip_for_60_s michael_failures_60_s_apart_have_no_effect "
         "two_michael_failures_within_60_s_disable_tkip_at_ap two_michael_failures_within_60_s_disable_tkip_at_station "
         "countermeasures_spare_other_ciphers michael_failure_reports_group_or_pairwise "
         "test_two_michael_failures_stop_tkip"),
    ]),
    ("Replay and duplicates", [
        ("Each key has a replay counter for each TID; those of unicast and group are apart.",
         "test_rx.c:replayed_frames_are_dropped forged_data_frame_leaves_replay_counter group_frame_key_is_chosen_by_key_id "
         "gtk_rsc_makes_old_group_frames_replays replays_within_batch_are_refused"),
        ("The group's key opens group frames and nothing else.", "group_key_opens_only_group_frames"),
        ("A retry of what has arrived is dropped; a forger cannot make one of a frame that is still to come.",
         "duplicates_are_dropped duplicate_within_batch_is_dropped retry_of_lost_frame_is_accepted "
         "forged_frame_does_not_mark_genuine_frame_duplicate forged_management_frame_does_not_mark_genuine_frame_duplicate "
         "retried_action_is_answered_once"),
        ("What the access point reflects of ours is not delivered.",
         "reflected_group_frame_is_dropped frame_with_own_source_address_is_dropped "
         "reflected_own_frame_is_not_delivered"),
    ]),
    ("The port", [
        ("On a protected link nothing is in the clear but EAPOL between its two ends (CVE-2020-26140).",
         "plaintext_is_refused_on_protected_link only_eapol_is_sent_in_the_clear_on_protected_link "
         "plaintext_is_dropped_with_keys_installed buffered_frame_is_never_sent_in_the_clear "
         "test_protected_network_sends_no_cleartext_data"),
        ("Before a station is authorised, only EAPOL passes.",
         "closed_port_receives_only_eapol closed_port_sends_only_eapol no_data_passes_before_keys "
         "controlled_port_is_closed_until_keys_are_installed test_associated_station_is_not_authorised"),
        ("EAPOL is never forwarded (CVE-2020-26139).",
         "eapol_to_other_address_is_dropped eapol_with_foreign_source_is_not_sent eapol_is_never_forwarded eapol_of_other_bss_is_ignored"),
        ("A station speaks for itself alone.",
         "amsdu_subframe_source_must_match_sender spoofed_source_address_is_refused "
         "foreign_source_address_is_not_sent frames_of_other_link_are_dropped "
         "test_unprotected_frames_with_a_stations_address_are_dropped test_data_from_an_unassociated_station_is_answered_with_deauthentication"),
    ]),
    ("Fragments and aggregates", [
        ("All fragments of a frame came under one key (CVE-2020-24587).",
         "mixed_key_fragments_are_refused mixed_key_generation_is_refused"),
        ("Their packet numbers follow one another (CVE-2020-26146).",
         "fragments_must_have_consecutive_packet_numbers nonconsecutive_pn_is_refused "
         "test_mismatched_fragments_are_dropped"),
        ("All are protected, or none (CVE-2020-26147, CVE-2020-26143).",
         "protected_and_plaintext_fragments_do_not_mix plaintext_fragments_are_refused_with_key "
         "only_eapol_fragments_before_key"),
        ("None is kept across an association or a new key (CVE-2020-24586).",
         "fragments_are_discarded_on_reassociation mixed_key_fragments_are_refused"),
        ("None is taken for a whole frame (CVE-2020-26142); Michael is verified over the whole (CVE-2020-26141).",
         "fragment_is_not_taken_for_whole_frame out_of_order_fragment_is_refused michael_is_verified_over_reassembled_msdu"),
        ("Group frames come in no fragments (CVE-2020-26145).", "group_addressed_fragments_are_refused"),
        ("An A-MSDU that begins as an ordinary frame is refused (CVE-2020-24588), in the clear as well (CVE-2020-26144).",
         "amsdu_starting_with_llc_is_refused plaintext_amsdu_is_refused_on_protected_link "
         "test_aggregation_attack_fails"),
        ("There is no EAPOL in an A-MSDU.", "eapol_in_amsdu_is_refused"),
        ("An A-MSDU is whole and well formed, or nothing of it is taken.",
         "amsdu_lengths_must_match fragmented_or_group_amsdu_is_refused"),
    ]),
    ("Protected management frames", [
        ("Where they were agreed to, an unprotected deauthentication or disassociation is ignored.",
         "unprotected_deauth_is_dropped_under_pmf station_ignores_unprotected_deauth_under_pmf "
         "test_ap_query.c:ap_ignores_unprotected_deauth_under_pmf "
         "forged_deauth_is_ignored_under_pmf test_forged_deauthentication_is_ignored_with_protected_management"),
        ("An association is not replaced before an SA Query stayed unanswered.",
         "sa_query_protects_an_association unanswered_sa_query_replaces_association unanswered_sa_query_ends_link "
         "sa_query_is_retried_and_response_id_compared"),
        ("Replayed and forged ones are dropped, those to the group too.",
         "replayed_management_frames_are_dropped forged_management_frames_are_dropped replayed_deauth_is_ignored "
         "forged_deauth_is_ignored_under_pmf group_deauth_requires_valid_bip_mic"),
    ]),
    ("The access point", [
        ("Frames of who is not associated, or of a transmitter that nobody can be, are dropped by name; he is told, but not without "
         "end, and never a group.",
         "unassociated_station_gets_class_error class_errors_are_rate_limited_and_never_to_groups frames_for_other_bss_are_ignored"),
        ("What a request says is looked at before anything changes, and refused with its own status code.",
         "invalid_association_request_is_refused_with_status station_without_pmf_is_refused_where_required "
         "retried_association_request_is_duplicate"),
        ("Deny comes before accept; a full network refuses; strangers cost little memory.",
         "deny_list_overrides_accept_list full_bss_refuses_association full_ap_refuses_further_stations authentication_flood_uses_bounded_memory"),
        ("New group keys are told to all stations, and then used; who leaves takes none along.",
         "new_gtk_is_used_after_all_stations_confirm dozing_station_does_not_delay_group_rekey "
         "gtk_changes_when_station_leaves station_joins_during_group_rekey"),
        ("Isolated stations reach the wire, and nobody else.", "isolated_stations_reach_wire_only"),
        ("Who joins another network of the same name has left the one before; under PMF it is asked by SA Query first.",
         "station_on_sibling_bss_with_same_ssid_has_left station_on_sibling_bss_with_other_ssid_is_kept "
         "moved_station_gets_sa_query_under_pmf moved_station_that_answers_stays"),
        ("A frame from the wire, or a connection to a BSS that protects less, removes no station that answers a presence check.",
         "update_from_wire_does_not_remove_present_station update_from_wire_removes_station_without_answer "
         "flood_of_updates_starts_few_presence_checks dozing_station_has_time_to_answer_after_update "
         "open_sibling_bss_does_not_remove_protected_station"),
    ]),
    ("Elements and frames", [
        ("Every read is bounded, and what is not known is passed over; each parser is fuzzed (`tests/fuzz`).",
         "truncated_data_frames_are_handled short_elements_use_defaults malformed_elements_are_refused test_mgmt.c:invalid_input_is_refused random_frames_are_survived "
         "test_mutated_frames_do_not_affect_the_network"),
        ("An action that is not known is returned with the error bit: never one to a group, nor an error; what will not be done "
         "is refused.",
         "test_ap_action.c:unknown_action_is_returned_with_error_bit test_sta_action.c:unknown_action_is_returned_with_error_bit "
         "returned_action_is_protected_under_pmf error_and_group_actions_are_not_answered "
         "error_group_and_foreign_actions_are_not_answered unassociated_station_may_send_public_action "
         "returned_action_is_buffered_for_dozing_station bss_transition_request_is_refused"),
        ("Beacons and answers that nobody asked for change no link.",
         "forged_beacons_do_not_end_link unsolicited_responses_have_no_effect deauth_of_other_bss_is_ignored"),
        ("What neighbours say to everybody is normal, and counted so.",
         "neighbour_group_frames_count_as_other_bss frames_for_other_bss_are_ignored"),
    ]),
    ("Linux at the other end: hostapd, wpa_supplicant, mac80211", [
        ("With CCMP, CCMP-256, GCMP-256, TKIP and in the open, with PSK and PSK-SHA256, with each BIP cipher that is common, hidden "
         "or not, frames of all sizes and to everybody go both ways.",
         "test_supplicant_connects_to_vifi_ap test_vifi_sta_connects_to_hostapd test_tshark_decrypts_the_capture_of_the_air"),
        ("Fragments of mac80211 are put together.", "test_peers.py:test_fragments_of_mac80211_arrive"),
        ("A real station dozes, polls, and loses nothing.", "test_vifi_ap_buffers_frames_for_a_dozing_station"),
        ("Each end renews the keys of the other, and the link goes on.", "test_keys_are_renewed"),
        ("Who leaves, is sent away, roams or finds the other end restarted is connected again; under PMF by protected frames and "
         "SA Query.",
         "test_deauthenticated_station_reconnects test_vifi_ap_accepts_a_reassociation test_roaming_station_leaves_its_old_bss test_stations_reconnect_after_a_restart_of_their_access_point "
         "test_vifi_sta_answers_an_sa_query"),
        ("A station goes along when hostapd changes its channel, and answers what it will not do.",
         "test_vifi_sta_follows_a_channel_switch test_vifi_sta_rejects_a_bss_transition_request"),
        ("Both ends say that passphrases differ.", "test_vifi_ap_reports_a_wrong_passphrase test_vifi_sta_reports_a_wrong_passphrase"),
    ]),
    ("Staying connected", [
        ("A station that has been idle for long is still there, or comes back by itself.",
         "station_stays_connected_for_two_idle_days two_hundred_stations_run_for_two_days silent_station_is_polled station_without_poll_answer_is_removed "
         "forgotten_association_is_restored test_sta_link.c:vanished_ap_is_detected "
         "two_hundred_stations_run_for_two_days station_reconnects_after_ap_restart vanished_station_is_forgotten "
         "test_access_point_and_station_reconnect_to_a_restarted_air test_guest_reconnects_after_a_killed_process_restarts"),
        ("A station follows its access point to another channel, and comes back from where none is; what was announced falsely "
         "ends no link.",
         "station_follows_channel_switch station_is_silent_under_csa_mode_1 csa_action_frame_is_followed false_csa_does_not_end_link "
         "cancelled_csa_is_forgotten station_rescans_when_it_cannot_follow_csa truncated_csa_is_ignored"),
        ("What waits for a dozing station is announced, bounded, and sent in order.",
         "frames_are_buffered_for_dozing_station waking_station_gets_buffered_frames_in_order tim_sets_bits_of_buffered_stations "
         "total_buffered_frames_are_limited expired_frames_are_dropped dozing_stations_receive_all_frames "
         "evicted_handshake_message_is_sent_again frames_are_kept_for_longest_listen_interval "
         "test_tim_announces_buffered_frames"),
        ("A beacon and a probe response bear the time of their transmission, however long they waited for it.",
         "delayed_beacon_carries_transmission_time each_retry_has_its_own_timestamp other_bytes_are_unchanged "
         "dozing_stations_receive_all_frames"),
        ("What a PS-Poll fetched and nobody acknowledged is kept for the next one, as it was sealed, for a while.",
         "unacknowledged_ps_poll_frame_is_kept retried_ps_poll_frame_is_recognised_as_duplicate unacknowledged_frame_expires kept_frame_is_sent_first_on_wakeup "
         "ps_poll_waits_for_pending_tx_status all_fragments_are_kept_for_retry rekey_discards_kept_frame management_frame_is_kept_for_retry "
         "station_leaves_with_frame_in_flight"),
    ]),
]

HEAD = """# The rules of the Wi-Fi side, and the tests that hold vifi to them

Written by `tests/tools/wifi_rules_table.py`; a test checks that it is up to date and that each test exists. Unit tests
(`tests/unit`) speak frame by frame; `tests/sim` lives through whole days on virtual time; in `tests/air` and `tests/net`,
there with the programs as they are started, tshark, scapy and aircrack-ng judge; in `tests/interop` Linux's own Wi-Fi does. CVE numbers are those of FragAttacks.
What vifi does not do yet has no rule here: SAE first of all.
"""


def known():
    """Name of a test → where it stands: a list of (folder, file)."""
    found = {}
    for folder, pattern in FOLDERS.items():
        for path in sorted((TOP / "tests" / folder).glob("test_*.[cp]*")):
            for name in re.findall(pattern, path.read_text(), re.M):
                found.setdefault(name, []).append((folder, path.name))
    return found


def find(word, tests):
    """The (file, name) of a test, or a sentence that says what is wrong."""
    file, _, name = word.rpartition(":")
    places = [place for place in tests.get(name, []) if file in ("", place[1])]
    if not places:
        return f"there is no test {name}" + (f" in {file}" if file else "")
    if len(places) > 1:
        return f"{name} stands in {' and '.join(place[1] for place in places)}: write FILE:{name}"
    return places[0][1], name


def table(rules=None):
    """The text of the document, and a list of what is wrong."""
    tests, lines, wrong, number = known(), [HEAD.rstrip("\n")], [], 0
    for part, rows in RULES if rules is None else rules:
        lines += ["", f"## {part}", "", "| | rule | tests |", "|---|---|---|"]
        for demand, words in rows:
            number += 1
            files = {}
            for word in words.split():
                place = find(word, tests)
                if isinstance(place, str):
                    wrong.append(f"rule {number}: {place}")
                else:
                    files.setdefault(place[0], []).append(place[1].removeprefix("test_").replace("_", " "))
            if not words.split():
                wrong.append(f"rule {number} has no test")
            cell = "<br>".join(f"`{file}`: {'; '.join(names)}" for file, names in files.items())
            lines.append(f"| {number} | {demand} | {cell} |")
    return "\n".join(lines) + "\n", wrong


def problems(rules=None):
    text, wrong = table(rules)
    if not DOC.exists() or DOC.read_text() != text:
        wrong.append(f"doc/{DOC.name} is out of date; run /usr/bin/python3 tests/tools/wifi_rules_table.py")
    return wrong


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        said = problems()
        for sentence in said:
            print(sentence, file=sys.stderr)
        sys.exit(1 if said else 0)
    DOC.write_text(table()[0])
    for sentence in table()[1]:
        print(sentence, file=sys.stderr)
