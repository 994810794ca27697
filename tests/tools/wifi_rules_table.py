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
         "every_room every_length the_failing_shape_goes_through_in_every_room every_length_goes_through "
         "management_frames_go_through_in_every_room "
         "test_failing_frames_of_2007_arrive test_packets_of_other_lengths_arrive"),
        ("Room is asked for once, as much as is used.",
         "the_room_that_is_asked_for_is_the_room_that_is_used the_failing_shape_goes_through_in_every_room"),
    ]),
    ("Keys", [
        ("A pairwise, group or management key that is installed is not installed again, and its packet number never goes back "
         "(the reinstallation attacks of 2017).",
         "a_key_is_never_reinstalled test_rx_group.c:a_pairwise_key_is_not_installed_twice a_group_key_is_not_installed_twice "
         "krack_an_old_group_key_does_not_come_back test_sta_attack.c:a_pairwise_key_is_not_reinstalled "
         "test_sta_attack.c:a_group_key_is_not_reinstalled "
         "test_replayed_message_3_does_not_reset_packet_numbers test_packet_numbers_never_repeat"),
        ("A repeated message 3 or group message 1 is answered.",
         "krack_message_3_again_is_answered_not_reinstalled krack_message_3_again_after_forged_messages_1 "
         "krack_group_message_1_again_is_answered_not_reinstalled"),
        ("A message of a renewal that is lost with all its retries ends no link: while keys are renewed either end opens what "
         "comes under either key, and an answer goes under the key of its question.",
         "a_lost_message_4_costs_nothing keys_are_renewed_on_a_lossy_air message_3_again_is_answered_under_its_own_key "
         "who_is_never_answered_is_heard_when_he_gives_up "
         "the_key_before_opens_until_the_new_one_is_heard the_key_before_has_its_time one_that_was_expected_keeps_its_numbers "
         "no_number_comes_twice fragments_under_two_keys_do_not_mix protected_management_frames_too"),
        ("No key is all zero.", "no_key_is_all_zero no_group_key_is_all_zero"),
        ("Each handshake has fresh nonces.", "a_fresh_anonce_for_each_handshake a_fresh_snonce_for_each_handshake"),
        ("Message 4 counts only behind a message 2 that was verified.",
         "test_handshake_keys.c:message_4_first_is_refused test_ap_keys.c:message_4_first_is_refused"),
        ("Keys are renewed before their packet numbers end; none ever wraps.",
         "keys_are_renewed_before_their_numbers_end numbers_are_used_up_but_never_wrap an_exhausted_key_sends_nothing_more "
         "numbers_are_used_up_within_a_batch keys_are_renewed_under_traffic test_rekeying_under_traffic_loses_no_frame"),
        ("Secrets are wiped when they are given up, and stand in no message.",
         "wiped_keys_are_gone wiped flushed_and_wiped secrets_are_compared_and_wiped "
         "test_hostapd_conf.c:a_secret_is_in_no_message test_wpa_conf.c:a_secret_is_in_no_message"),
    ]),
    ("Handshakes", [
        ("An EAPOL-Key frame is read within its declared length.",
         "bounded_by_its_declared_length truncated_at_every_byte key_data_without_end_is_refused"),
        ("Its MIC is right before its key data is touched; what fails is dropped by name and not answered.",
         "changed_in_every_bit group_keys_in_the_clear_are_refused another_suite_is_refused"),
        ("Its replay counter only rises.",
         "replayed_messages_are_discarded the_replay_counter_at_its_ends an_old_group_answer_proves_nothing "
         "test_replayed_data_frames_are_dropped "
         "an_answer_bears_the_counter_of_its_question a_replayed_request_is_refused"),
        ("A message 1, which nothing protects, disturbs no link that stands.",
         "forged_message_1_does_not_disturb a_forged_message_1_disturbs_no_link"),
        ("Elements that differ from what was announced end the handshake.",
         "a_downgrade_ends_the_handshake a_downgrade_is_noticed test_station_ignores_an_open_access_point_with_its_ssid"),
        ("Message 1 names no PMK, where that is made of a passphrase.", "test_reassociation_request_contains_the_pmkid"),
        ("A wrong passphrase is called so, at both ends.",
         "wrong_passphrase_is_named_on_both_ends silence_is_not_a_wrong_passphrase a_wrong_passphrase_is_said_once "
         "a_wrong_passphrase_is_said_and_tried_more_and_more_rarely "
         "test_wrong_passphrase_is_reported_at_both_ends test_wrong_passphrase_is_reported_in_both_logs"),
    ]),
    ("TKIP", [
        ("ICV and sequence counter first, then Michael, and only then the counter moves.",
         "a_wrong_michael_is_not_an_icv_error a_wrong_icv_is_no_michael_failure forged_frames_do_not_move_the_counter "
         "test_rx.c:replay_is_judged_in_the_order_of_the_batch "
         "test_wrong_icv_is_not_a_michael_failure"),
        ("Two Michael failures within 60 s: nobody uses TKIP for 60 s.",
         "two_failures_within_60_s_stop_tkip_for_60_s failures_60_s_apart_stop_nothing "
         "two_michael_failures_within_a_minute_end_tkip two_michael_failures_within_a_minute_stop_tkip_for_a_minute "
         "countermeasures_spare_other_ciphers a_wrong_michael_code_says_whether_it_came_to_the_group "
         "test_two_michael_failures_stop_tkip"),
    ]),
    ("Replay and duplicates", [
        ("Each key has a replay counter for each TID; those of unicast and group are apart.",
         "test_rx.c:replayed_frames_are_dropped a_forged_frame_moves_no_replay_counter group_frames_are_opened_by_key_id "
         "old_group_frames_are_replays_for_new_stations replays_within_a_batch"),
        ("The group's key opens group frames and nothing else.", "the_group_key_opens_nothing_but_group_frames"),
        ("A retry of what has arrived is dropped; a forger cannot make one of a frame that is still to come.",
         "duplicates_are_dropped a_duplicate_in_one_batch_is_dropped retries_of_what_did_not_arrive_are_taken "
         "a_forger_cannot_make_a_duplicate_of_a_real_frame a_forger_makes_no_duplicate_of_a_protected_frame "
         "a_retry_is_answered_once"),
        ("What the access point reflects of ours is not delivered.",
         "our_own_group_frames_come_back_and_are_dropped nobody_speaks_to_us_in_our_name "
         "what_the_access_point_reflects_is_not_delivered"),
    ]),
    ("The port", [
        ("On a protected link nothing is in the clear but EAPOL between its two ends (CVE-2020-26140).",
         "frames_in_the_clear_are_refused_on_a_protected_link nothing_but_eapol_goes_in_the_clear_on_a_protected_link "
         "plaintext_is_dropped_once_there_are_keys what_waits_never_goes_out_in_the_clear "
         "test_protected_network_sends_no_cleartext_data"),
        ("Before a station is authorised, only EAPOL passes.",
         "a_closed_port_lets_only_eapol_in a_closed_port_lets_only_eapol_out nothing_passes_before_there_are_keys "
         "the_port_is_closed_until_the_keys_are_there test_associated_station_is_not_authorised"),
        ("EAPOL is never forwarded (CVE-2020-26139).",
         "eapol_is_for_us_or_for_nobody eapol_of_somebody_else_does_not_go eapol_is_never_forwarded eapol_of_others_is_not_for_us"),
        ("A station speaks for itself alone.",
         "a_part_of_an_amsdu_speaks_for_its_sender_alone nobody_speaks_for_another_station "
         "a_station_sends_with_its_own_address_only frames_of_another_link_are_dropped "
         "test_unprotected_frames_with_a_stations_address_are_dropped test_data_from_an_unassociated_station_is_answered_with_deauthentication"),
    ]),
    ("Fragments and aggregates", [
        ("All fragments of a frame came under one key (CVE-2020-24587).",
         "mixed_key_fragments_are_refused another_key_or_none_is_refused"),
        ("Their packet numbers follow one another (CVE-2020-26146).",
         "fragments_must_have_consecutive_packet_numbers packet_numbers_follow_one_another "
         "test_mismatched_fragments_are_dropped"),
        ("All are protected, or none (CVE-2020-26147, CVE-2020-26143).",
         "sealed_and_clear_fragments_do_not_mix fragments_in_the_clear_are_refused_where_there_is_a_key "
         "before_the_key_only_eapol_comes_in_parts"),
        ("None is kept across an association or a new key (CVE-2020-24586).",
         "fragments_do_not_outlive_an_association mixed_key_fragments_are_refused"),
        ("None is taken for a whole frame (CVE-2020-26142); Michael is verified over the whole (CVE-2020-26141).",
         "no_part_is_taken_for_a_whole order_is_kept michael_of_fragments_is_verified"),
        ("Group frames come in no fragments (CVE-2020-26145).", "fragments_to_the_group_are_refused"),
        ("An A-MSDU that begins as an ordinary frame is refused (CVE-2020-24588), in the clear as well (CVE-2020-26144).",
         "an_amsdu_that_begins_with_llc_is_refused an_amsdu_in_the_clear_is_refused_on_a_protected_link "
         "test_aggregation_attack_fails"),
        ("There is no EAPOL in an A-MSDU.", "eapol_in_an_amsdu_is_refused"),
        ("An A-MSDU is whole and well formed, or nothing of it is taken.",
         "lengths_of_an_amsdu_must_fit an_amsdu_is_neither_fragmented_nor_for_the_group"),
    ]),
    ("Protected management frames", [
        ("Where they were agreed to, an unprotected deauthentication or disassociation is ignored.",
         "an_unprotected_deauthentication_is_ignored_where_pmf_is_in_force an_unprotected_goodbye_under_pmf_is_ignored "
         "test_ap_query.c:unprotected_deauthentication_is_ignored_where_pmf_is_in_force "
         "forged_goodbyes_do_nothing_under_pmf test_forged_deauthentication_is_ignored_with_protected_management"),
        ("An association is not replaced before an SA Query stayed unanswered.",
         "sa_query_protects_an_association without_an_answer_the_association_is_replaced an_unanswered_sa_query_ends_the_link "
         "requests_are_repeated_and_answers_compared"),
        ("Replayed and forged ones are dropped, those to the group too.",
         "replayed_management_frames_are_dropped forged_management_frames_are_dropped a_replayed_deauthentication_is_ignored "
         "forged_goodbyes_do_nothing_under_pmf goodbyes_to_the_group_are_proved"),
    ]),
    ("The access point", [
        ("Frames of who is not associated, or of a transmitter that nobody can be, are dropped by name; he is told, but not without "
         "end, and never a group.",
         "strangers_are_told_their_state errors_are_not_answered_without_end_nor_to_groups what_is_for_others_is_left_alone"),
        ("What a request says is looked at before anything changes, and refused with its own status code.",
         "requests_that_cannot_be_are_refused_with_their_status who_cannot_do_pmf_is_refused_where_it_is_required "
         "a_retried_request_is_a_duplicate"),
        ("Deny comes before accept; a full network refuses; strangers cost little memory.",
         "deny_comes_before_accept a_full_network_refuses the_last_ones_find_a_full_house a_flood_of_authentications_costs_little"),
        ("New group keys are told to all stations, and then used; who leaves takes none along.",
         "new_group_keys_are_used_when_all_have_them a_sleeper_does_not_hold_up_new_group_keys "
         "a_station_that_leaves_takes_no_key_along joining_in_the_middle_of_a_change"),
        ("Isolated stations reach the wire, and nobody else.", "isolated_stations_reach_only_the_wire"),
        ("Who joins another network of the same name has left the one before; under PMF it is asked by SA Query first.",
         "who_moves_to_a_network_of_the_same_name_has_left who_moves_to_a_network_of_another_name_may_be_somebody_else "
         "who_seems_to_have_moved_is_asked_under_pmf who_seems_to_have_moved_and_is_heard_stays"),
    ]),
    ("Elements and frames", [
        ("Every read is bounded, and what is not known is passed over; each parser is fuzzed (`tests/fuzz`).",
         "frames_may_end_anywhere short_elements_have_defaults elements_that_are_none test_mgmt.c:what_is_refused noise_is_survived "
         "test_mutated_frames_do_not_affect_the_network"),
        ("An action that is not known is returned with the error bit: never one to a group, nor an error; what will not be done "
         "is refused.",
         "test_ap_action.c:unknown_actions_are_returned test_sta_action.c:unknown_actions_are_returned "
         "under_pmf_they_come_back_protected errors_and_what_goes_to_the_group_are_not_answered "
         "errors_group_frames_and_strangers_are_not_answered strangers_may_send_public_actions "
         "who_dozes_gets_it_when_it_asks a_move_that_is_asked_for_is_refused"),
        ("Beacons and answers that nobody asked for change no link.",
         "forged_beacons_end_no_link unasked_responses_change_nothing goodbyes_of_others_are_not_for_us"),
        ("What neighbours say to everybody is normal, and counted so.",
         "what_neighbours_say_to_everybody_is_for_another_network what_is_for_others_is_left_alone"),
    ]),
    ("Linux at the other end: hostapd, wpa_supplicant, mac80211", [
        ("With CCMP, CCMP-256, GCMP-256, TKIP and in the open, with PSK and PSK-SHA256, with each BIP cipher that is common, hidden "
         "or not, frames of all sizes and to everybody go both ways.",
         "test_supplicant_joins test_station_joins test_tshark_opens_what_was_on_the_air"),
        ("Fragments of mac80211 are put together.", "test_peers.py:test_fragments"),
        ("A real station dozes, polls, and loses nothing.", "test_real_station_dozes"),
        ("Each end renews the keys of the other, and the link goes on.", "test_keys_are_renewed"),
        ("Who leaves, is sent away, roams or finds the other end restarted is connected again; under PMF by protected frames and "
         "SA Query.",
         "test_station_is_sent_away_and_comes_back test_reassociation test_supplicant_roams test_access_points_begin_anew "
         "test_hostapd_asks_whether_the_association_stands"),
        ("A station goes along when hostapd changes its channel, and answers what it will not do.",
         "test_hostapd_changes_its_channel test_hostapd_suggests_another_access_point"),
        ("Both ends say that passphrases differ.", "test_wrong_passphrase_at_vifi_ap test_wrong_passphrase_at_hostapd"),
    ]),
    ("Staying connected", [
        ("A station that has been idle for long is still there, or comes back by itself.",
         "two_idle_days two_hundred_stations_for_two_days a_silent_station_is_polled who_does_not_answer_polls_is_gone "
         "an_access_point_that_forgot_us_is_joined_anew test_sta_link.c:an_access_point_that_is_gone_is_noticed "
         "two_hundred_stations_for_two_days the_access_point_restarts who_vanishes_is_forgotten "
         "test_access_point_and_station_reconnect_to_a_restarted_air test_guest_reconnects_after_a_killed_process_restarts"),
        ("A station follows its access point to another channel, and comes back from where none is; what was announced falsely "
         "ends no link.",
         "the_station_goes_along it_is_silent_where_it_must_be an_action_frame_says_so_too a_false_announcement_ends_no_link "
         "it_may_be_taken_back who_cannot_follow_looks_for_another cut_announcements_are_nothing"),
        ("What waits for a dozing station is announced, bounded, and sent in order.",
         "frames_wait_for_a_dozing_station who_wakes_gets_everything_in_order the_tim_says_for_whom_something_waits "
         "all_queues_together_have_a_limit what_waited_too_long_goes dozing_stations_miss_nothing "
         "a_message_that_found_no_room_is_said_again the_longest_listen_interval "
         "test_tim_announces_buffered_frames"),
        ("A beacon and a probe response bear the time of their transmission, however long they waited for it.",
         "a_beacon_that_waits_tells_the_time_of_its_sending each_try_has_its_own_time nothing_else_is_touched "
         "dozing_stations_miss_nothing"),
        ("What a PS-Poll fetched and nobody acknowledged is kept for the next one, as it was sealed, for a while.",
         "what_was_not_acknowledged_is_kept who_heard_it_knows_it_again it_is_not_kept_for_ever who_wakes_gets_it_first "
         "one_frame_at_a_time fragments_are_kept_together new_keys_end_it management_frames_too "
         "leaving_with_a_frame_under_way"),
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
