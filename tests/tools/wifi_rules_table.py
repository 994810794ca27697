#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes doc/wifi-rules.md: the rules for access point, station and data path, and the tests of each rule.

    /usr/bin/python3 tests/tools/wifi_rules_table.py          writes the page
    /usr/bin/python3 tests/tools/wifi_rules_table.py --check  reports missing tests and an outdated page; exit code 1 if there are any

A rule names its tests. A name that no file contains is an error; a name that several files contain needs the form
FILE:NAME.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).parents[2]
DOC = TOP / "doc" / "wifi-rules.md"
FOLDERS = {"unit": r"^static void (\w+)\(void \*\*", "sim": r"^static void (\w+)\(void \*\*",
           "air": r"^def (test_\w+)\(", "net": r"^def (test_\w+)\(", "interop": r"^def (test_\w+)\("}

# (part, [(requirement, test names)])
RULES = [
    ("Buffer space", [
        ("A frame of any length is encrypted and decrypted with every cipher, at any headroom and tailroom. This holds "
         "for data and management frames, fragments and shared buffers.",
         "cipher_works_with_every_headroom_and_tailroom cipher_works_with_every_length syn_ack_passes_with_every_headroom_and_tailroom path_works_with_every_length "
         "management_frames_pass_with_every_headroom_and_tailroom "
         "test_tkip_frames_without_tailroom_arrive test_packets_of_other_lengths_arrive"),
        ("The transmit path reserves room once, and exactly as much as it uses.",
         "reserved_room_equals_used_room syn_ack_passes_with_every_headroom_and_tailroom"),
    ]),
    ("Keys", [
        ("An installed PTK, GTK or IGTK is never reinstalled, and its packet number never decreases (key "
         "reinstallation attacks, 2017).",
         "key_is_never_reinstalled test_rx_group.c:pairwise_key_is_not_installed_twice group_key_is_not_installed_twice "
         "krack_old_group_key_is_not_reinstalled test_sta_attack.c:pairwise_key_is_not_reinstalled "
         "test_sta_attack.c:group_key_is_not_reinstalled "
         "test_replayed_message_3_does_not_reset_packet_numbers test_packet_numbers_never_repeat"),
        ("A station answers a retransmitted message 3 and a retransmitted group message 1 without reinstalling the key "
         "(12.7.6.4, 12.7.7).",
         "krack_repeated_message_3_is_answered_without_reinstall krack_repeated_message_3_after_forged_message_1 "
         "krack_repeated_group_message_1_is_answered_without_reinstall"),
        ("The loss of a rekey message with all its retries does not end the link. During a rekey both ends accept "
         "frames under the old and the new key, and answer a message under the key that protected it (12.7.6.5).",
         "lost_message_4_does_not_break_link rekey_survives_frame_loss repeated_message_3_is_answered_under_its_key "
         "unanswered_station_reports_timeout "
         "old_key_opens_until_new_key_is_used old_key_expires expected_key_keeps_its_replay_counter "
         "pn_is_never_reused_across_rekey fragments_under_different_keys_do_not_mix protected_management_frames_use_both_keys"),
        ("An all-zero key is refused.", "all_zero_key_is_refused all_zero_group_key_is_refused"),
        ("Each 4-way handshake uses fresh nonces.", "each_handshake_has_fresh_anonce each_handshake_has_fresh_snonce"),
        ("The authenticator accepts message 4 only after it verified message 2 (12.7.6).",
         "test_handshake_keys.c:message_4_before_message_2_is_refused test_ap_keys.c:message_4_before_message_2_is_refused"),
        ("A key is replaced before its packet numbers are exhausted. A packet number never wraps.",
         "rekey_before_pn_exhaustion pn_is_exhausted_and_never_wraps exhausted_key_sends_nothing "
         "pn_exhaustion_within_batch rekey_under_traffic_loses_no_frame test_rekeying_under_traffic_loses_no_frame"),
        ("Secrets are wiped when they are no longer needed, and no message contains them.",
         "key_wipe_clears_key_material finished_handshake_wipes_secrets pmksa_flush_wipes_keys secrets_are_compared_and_wiped "
         "test_hostapd_security.c:secrets_do_not_appear_in_messages test_wpa_conf.c:secrets_do_not_appear_in_messages"),
    ]),
    ("Handshakes", [
        ("An EAPOL-Key frame is read within its declared length (12.7.2).",
         "eapol_read_is_bounded_by_declared_length truncated_eapol_frames_are_refused unterminated_key_data_is_refused"),
        ("The MIC of an EAPOL-Key frame is verified before its key data is processed (12.7.2). A frame that fails is "
         "dropped with a named reason and not answered.",
         "eapol_frame_with_any_changed_bit_is_refused unencrypted_group_key_is_refused other_suite_is_refused"),
        ("The replay counter of EAPOL-Key frames strictly increases (12.7.2).",
         "replayed_eapol_messages_are_discarded replay_counter_limits stale_group_message_2_is_refused "
         "test_replayed_data_frames_are_dropped "
         "answer_carries_request_replay_counter replayed_key_request_is_refused"),
        ("A forged message 1, which has no MIC, does not disturb an established link.",
         "forged_message_1_does_not_disturb_handshake forged_message_1_does_not_disturb_link"),
        ("A handshake whose RSN or WPA element differs from the announced one is aborted (12.7.6.4).",
         "downgraded_element_ends_handshake downgraded_rsne_is_detected test_station_ignores_an_open_access_point_with_its_ssid"),
        ("Message 1 contains no PMKID where the PMK is derived from a passphrase (12.7.6.2).", "test_reassociation_request_contains_the_pmkid"),
        ("Both ends report a wrong passphrase as such.",
         "wrong_passphrase_is_reported_by_both_ends silent_peer_is_not_reported_as_wrong_passphrase wrong_passphrase_is_reported_once "
         "wrong_passphrase_is_reported_with_backoff "
         "test_wrong_passphrase_is_reported_at_both_ends test_wrong_passphrase_is_reported_in_both_logs"),
    ]),
    ("SAE", [
        ("The password element of both ways is that of the standard, for groups 19, 20 and 21 (12.4.4.2, J.10). Other groups are off.",
         "hash_to_element_vectors hunting_and_pecking_vectors annex_j_exchange scalars_and_points_are_validated"),
        ("Hunting and pecking takes the same time for every password (CVE-2019-9494).", "hunting_takes_the_same_time blinded_test_is_right"),
        ("A scalar outside of 2 to order - 1, a point that is not on the curve, and infinity are refused (CVE-2019-9498), and so is "
         "our own commit, reflected.", "invalid_commits_change_nothing infinity_is_refused reflected_commit_is_discarded"),
        ("A forged refusal of a group, and another way to the password element, are detected.",
         "forged_group_refusal_is_detected honest_group_refusal_is_followed other_way_is_refused ways_and_groups_are_negotiated"),
        ("A wrong password is named on both ends, but not on the word of a frame that may be forged while the right confirm "
         "may still come (12.4.8.6.5).",
         "forged_answers_to_a_confirm_are_not_believed forged_answers_do_not_end_an_attempt wrong_password_is_found_by_both wrong_password_is_named_on_both_ends test_wrong_password_is_named_by_vifi_ap "
         "test_wrong_password_is_named_by_vifi_sta"),
        ("Repetitions are answered up to a limit; a replayed confirm is not (12.4.8.6). Frames that others send in the name "
         "of a station, commits or confirms, do not end its exchange.",
         "repetitions_are_answered_up_to_the_limit lost_confirm_is_sent_again forged_commits_do_not_end_an_exchange "
         "repeated_commits_do_not_end_an_exchange wrong_confirms_do_not_end_an_exchange"),
        ("Under load a commit needs a token of ours (12.4.6).", "token_is_repeated token_cannot_be_computed crowd_connects_under_anti_clogging"),
        ("A PMKSA of the cache replaces the exchange, and a forgotten one leads to a new one (12.6.10.3).",
         "pmksa_is_used_and_replaced test_pmksa_is_used_again"),
        ("A network of WPA2 and WPA3 serves both, and a password may have an identifier.",
         "transition_mode_serves_both test_transition_mode identifier_selects_another_secret"),
    ]),
    ("Fast BSS transition", [
        ("Keys and their names are those of the hierarchy (12.7.1.6).",
         "keys_and_names_are_those_of_another_implementation test_transition_after_sae_is_decrypted"),
        ("A station moves within a mobility domain without a handshake, over the air or through its present access point; a "
         "MIC over the elements proves the keys of both (13.5 to 13.8).",
         "station_roams_without_a_handshake a_mic_covers_each_element test_station_roams_between_hosts "
         "test_station_roams_between_networks"),
        ("A forged or replayed authentication or reassociation changes nothing, and installs no key again (CVE-2017-13082).",
         "forged_and_replayed_frames_cost_nothing"),
        ("An access point uses a PMK-R0 only where its R0KH lets it (13.2.2).",
         "key_holders_must_trust_each_other keys_follow_from_the_passphrase"),
        ("Access points of different hosts get the keys from each other, under the secret of both, and refuse replays (13.2.2).",
         "key_comes_from_its_holder replayed_message_is_refused another_key_opens_nothing test_ft_hosts.py:test_station_roams "
         "test_other_key_is_refused"),
        ("A 4-way handshake renews the keys of a transition.", "keys_of_a_transition_are_renewed"),
    ]),
    ("TKIP", [
        ("A TKIP receiver verifies the ICV and the sequence counter, then Michael, and only then advances the replay "
         "counter (12.5.2.6).",
         "michael_failure_is_not_icv_error wrong_icv_is_not_counted_as_michael_failure forged_frame_leaves_replay_counter "
         "test_rx.c:replay_check_follows_batch_order "
         "test_wrong_icv_is_not_a_michael_failure"),
        ("After two Michael failures within 60 s TKIP is disabled for 60 s (12.5.2.4).",
         "two_michael_failures_within_60_s_stop_tkip_for_60_s michael_failures_60_s_apart_have_no_effect "
         "two_michael_failures_within_60_s_disable_tkip_at_ap two_michael_failures_within_60_s_disable_tkip_at_station "
         "countermeasures_spare_other_ciphers michael_failure_reports_group_or_pairwise "
         "test_two_michael_failures_stop_tkip"),
    ]),
    ("Replay and duplicates", [
        ("Each key has a replay counter for each TID. Unicast and group frames have separate replay counters "
         "(12.5.3.4.4).",
         "test_rx.c:replayed_frames_are_dropped forged_data_frame_leaves_replay_counter group_frame_key_is_chosen_by_key_id "
         "gtk_rsc_makes_old_group_frames_replays replays_within_batch_are_refused"),
        ("The GTK decrypts group addressed frames only.", "group_key_opens_only_group_frames"),
        ("A receiver drops the retransmission of a frame that has arrived. A forged frame cannot mark a later genuine "
         "frame as a duplicate.",
         "duplicates_are_dropped duplicate_within_batch_is_dropped retry_of_lost_frame_is_accepted "
         "forged_frame_does_not_mark_genuine_frame_duplicate forged_management_frame_does_not_mark_genuine_frame_duplicate "
         "retried_action_is_answered_once"),
        ("A station does not deliver its own frames that the access point reflects.",
         "reflected_group_frame_is_dropped frame_with_own_source_address_is_dropped "
         "reflected_own_frame_is_not_delivered"),
    ]),
    ("The controlled port", [
        ("A protected link carries no plaintext except EAPOL between its two ends (CVE-2020-26140).",
         "plaintext_is_refused_on_protected_link only_eapol_is_sent_in_the_clear_on_protected_link "
         "plaintext_is_dropped_with_keys_installed buffered_frame_is_never_sent_in_the_clear "
         "test_protected_network_sends_no_cleartext_data"),
        ("Before a station is authorised, only EAPOL passes the controlled port.",
         "closed_port_receives_only_eapol closed_port_sends_only_eapol no_data_passes_before_keys "
         "controlled_port_is_closed_until_keys_are_installed test_associated_station_is_not_authorised"),
        ("EAPOL is never forwarded (CVE-2020-26139).",
         "eapol_to_other_address_is_dropped eapol_with_foreign_source_is_not_sent eapol_is_never_forwarded eapol_of_other_bss_is_ignored"),
        ("A station may send with its own source address only.",
         "amsdu_subframe_source_must_match_sender spoofed_source_address_is_refused "
         "foreign_source_address_is_not_sent frames_of_other_link_are_dropped "
         "test_unprotected_frames_with_a_stations_address_are_dropped test_data_from_an_unassociated_station_is_answered_with_deauthentication"),
    ]),
    ("Fragments and aggregates", [
        ("The fragments of an MSDU must be protected by the same key (CVE-2020-24587).",
         "mixed_key_fragments_are_refused mixed_key_generation_is_refused"),
        ("The packet numbers of the fragments of an MSDU must be consecutive (CVE-2020-26146).",
         "fragments_must_have_consecutive_packet_numbers nonconsecutive_pn_is_refused "
         "test_mismatched_fragments_are_dropped"),
        ("The fragments of an MSDU must be all protected or all plaintext (CVE-2020-26147, CVE-2020-26143).",
         "protected_and_plaintext_fragments_do_not_mix plaintext_fragments_are_refused_with_key "
         "only_eapol_fragments_before_key"),
        ("Fragments are discarded on association and on rekey (CVE-2020-24586).",
         "fragments_are_discarded_on_reassociation mixed_key_fragments_are_refused"),
        ("A fragment is never processed as a complete MSDU (CVE-2020-26142). Michael is verified over the reassembled "
         "MSDU (CVE-2020-26141).",
         "fragment_is_not_taken_for_whole_frame out_of_order_fragment_is_refused michael_is_verified_over_reassembled_msdu"),
        ("A fragmented group addressed frame is refused (CVE-2020-26145).", "group_addressed_fragments_are_refused"),
        ("An A-MSDU that starts like an MSDU, with an LLC/SNAP header, is refused (CVE-2020-24588), also in plaintext "
         "(CVE-2020-26144).",
         "amsdu_starting_with_llc_is_refused plaintext_amsdu_is_refused_on_protected_link "
         "test_aggregation_attack_fails"),
        ("EAPOL inside an A-MSDU is refused.", "eapol_in_amsdu_is_refused"),
        ("An A-MSDU with a malformed subframe is refused as a whole (9.3.2.2).",
         "amsdu_lengths_must_match fragmented_or_group_amsdu_is_refused"),
    ]),
    ("Protected management frames", [
        ("Where PMF was negotiated, an unprotected deauthentication or disassociation frame is ignored.",
         "unprotected_deauth_is_dropped_under_pmf station_ignores_unprotected_deauth_under_pmf "
         "test_ap_query.c:ap_ignores_unprotected_deauth_under_pmf "
         "forged_deauth_is_ignored_under_pmf test_forged_deauthentication_is_ignored_with_protected_management"),
        ("Under PMF an association is replaced only after an SA Query remained unanswered (11.3.5.3).",
         "sa_query_protects_an_association unanswered_sa_query_replaces_association unanswered_sa_query_ends_link "
         "sa_query_is_retried_and_response_id_compared"),
        ("Replayed and forged robust management frames are dropped, also group addressed ones (12.5.4).",
         "replayed_management_frames_are_dropped forged_management_frames_are_dropped replayed_deauth_is_ignored "
         "forged_deauth_is_ignored_under_pmf group_deauth_requires_valid_bip_mic"),
    ]),
    ("The access point", [
        ("A frame of an unassociated station, or with a transmitter address that no station can have, is dropped with "
         "a named reason. The access point answers the station at a limited rate, and never a group address (11.3.3).",
         "unassociated_station_gets_class_error class_errors_are_rate_limited_and_never_to_groups frames_for_other_bss_are_ignored"),
        ("The access point validates an association request before it changes any state, and refuses it with a "
         "specific status code (11.3.5).",
         "invalid_association_request_is_refused_with_status station_without_pmf_is_refused_where_required "
         "retried_association_request_is_duplicate"),
        ("The deny list takes precedence over the accept list. A full BSS refuses further stations. Unassociated "
         "stations occupy bounded memory.",
         "deny_list_overrides_accept_list full_bss_refuses_association full_ap_refuses_further_stations authentication_flood_uses_bounded_memory"),
        ("The access point uses a new GTK after all stations have confirmed it (12.7.7). A station that left does not "
         "hold the current GTK.",
         "new_gtk_is_used_after_all_stations_confirm dozing_station_does_not_delay_group_rekey "
         "gtk_changes_when_station_leaves station_joins_during_group_rekey"),
        ("Isolated stations reach the wired network only.", "isolated_stations_reach_wire_only"),
        ("When a station connects to another BSS of the access point with the same SSID, its association with the "
         "previous BSS ends; under PMF only if it does not answer an SA Query there.",
         "station_on_sibling_bss_with_same_ssid_has_left station_on_sibling_bss_with_other_ssid_is_kept "
         "moved_station_gets_sa_query_under_pmf moved_station_that_answers_stays"),
        ("A frame from the wired network, or a connection to a BSS that protects less, does not remove a station that "
         "answers a presence check.",
         "update_from_wire_does_not_remove_present_station update_from_wire_removes_station_without_answer "
         "flood_of_updates_starts_few_presence_checks dozing_station_has_time_to_answer_after_update "
         "open_sibling_bss_does_not_remove_protected_station"),
    ]),
    ("Floods and forgers without keys", [
        ("Answers to strangers (probe, authentication, association refusal, class 2 and 3 errors, returned actions) are "
         "bounded in number per time and never delay an associated station's frames. The kinds do not starve each other, "
         "and a newcomer connects during a flood. Drops count as `answer_limit`.",
         "answers_to_strangers_are_bounded flood_does_not_delay_connected_station forged_associations_do_not_delay_connected_station "
         "newcomer_connects_during_flood test_flood_of_requests_does_not_silence_a_station"),
        ("Strangers occupy a bounded number of entries and AIDs. A station that acknowledges nothing is forgotten, and in "
         "a full BSS the oldest unfinished association gives way, never an authorised one.",
         "authentication_flood_uses_bounded_memory stations_that_do_not_exist_are_forgotten unfinished_associations_do_not_fill_bss"),
        ("A station tries the BSS that worked last first. Forged beacons neither evict it from the table nor change its "
         "terms, and evict no other network. In a round the station tries few BSSs that have never worked.",
         "station_returns_to_bss_that_worked_last station_returns_to_restarted_ap_among_forged_bss "
         "first_connection_succeeds_among_forged_bss forged_terms_do_not_replace_those_that_worked "
         "flood_does_not_grow_table_beyond_limit flood_of_one_ssid_evicts_only_its_own_entries entry_that_worked_keeps_its_terms"),
        ("A BSS that fails rests, longer each time; a wrong passphrase rests the BSSID, not the network. Attempts to roam to "
         "unknown BSSs back off after a failure.",
         "wrong_passphrase_rests_the_bssid next_network_is_tried_during_backoff forged_bss_do_not_lure_connected_station"),
        ("A forger cannot cause TKIP countermeasures without the key: a TSC is accepted once, whatever the TID of the frame, "
         "also in a frame that is dropped as our own. The access point ignores a Michael report of a station without a TKIP key.",
         "tkip_frame_on_other_tid_is_replay reflected_tkip_frame_is_not_accepted_again "
         "michael_report_without_tkip_key_is_refused forged_key_requests_are_refused"),
        ("A forged PS-Poll or Power Management bit loses no buffered frame and costs little airtime (Framing Frames, 2023). A "
         "station that is awake answers its bit in the TIM.",
         "forged_ps_polls_lose_no_frame forged_ps_polls_cause_few_null_frames forged_wakeup_loses_no_frame "
         "station_that_is_awake_answers_its_tim_bit"),
        ("A forged beacon with another interval, clock or TIM does not make a station sleep longer. A forged channel switch "
         "announcement neither silences it nor moves it, because the beacons of its access point contradict it (11.8.8).",
         "forged_beacon_does_not_starve_dozing_station forged_csa_does_not_silence_station "
         "forged_csa_is_contradicted_by_beacons false_csa_does_not_end_link"),
        ("After a forged disassociation or association request without PMF the next frame of the station restores its association.",
         "forged_disassociation_is_healed_by_next_frame forged_association_is_healed_by_next_frame "
         "stations_reconnect_after_forged_deauth_without_pmf"),
        ("No process locks others out of `vifi air` with connections.",
         "test_full_air_admits_another_process test_connection_without_hello_ends"),
    ]),
    ("Attackers with keys", [
        ("SSID confusion (CVE-2023-52424): a station joins and roams only where the key of the wanted SSID fits, also "
         "between networks with the same passphrase. A beacon of its BSSID with another SSID only causes a poll.",
         "renamed_network_with_same_passphrase_is_refused station_does_not_roam_to_renamed_network "
         "two_networks_with_same_passphrase_are_kept_apart changed_ssid_does_not_reach_association_or_link"),
        ("The group key serves group frames of the access point only (the Hole 196 attack). A station drops a unicast IP packet in a "
         "group frame (RFC 1122, 3.3.6); the access point drops frames in its own name.",
         "unicast_packet_in_group_frame_is_dropped group_key_of_a_station_opens_nothing_at_ap group_key_opens_only_group_frames"),
        ("An access point refuses WNM-Sleep mode. A station takes group keys from a WNM-Sleep Mode Response only if PMF protects the "
         "response and it answers the station's own request to leave the mode, and never installs a key again (CVE-2017-13087, "
         "CVE-2017-13088).", "wnm_sleep_response_installs_no_key wnm_sleep_request_is_refused keys_without_pmf_are_ignored "
         "station_enters_and_leaves"),
        ("Rekeys without pause do not harm the link.", "excessive_rekeys_do_not_harm_link"),
        ("Frames with four addresses are dropped, except those of a station that uses 4-address mode where `wds_sta` permits it; only "
         "an authentic frame begins this mode.",
         "spoofed_four_address_frame_is_dropped mode_is_refused_where_it_is_not_configured forged_null_frame_does_not_begin_the_mode"),
        ("If the buffers for dozing stations are full, the station with the most frames loses one.",
         "full_buffers_cost_the_station_with_most_frames"),
    ]),
    ("Elements and frames", [
        ("Every read is bounded, and unknown elements are skipped. Each parser is fuzzed (`tests/fuzz`).",
         "truncated_data_frames_are_handled short_elements_use_defaults malformed_elements_are_refused test_mgmt.c:invalid_input_is_refused random_frames_are_survived "
         "test_mutated_frames_do_not_affect_the_network"),
        ("An unknown action frame is returned with the error bit, unless it is group addressed or is an error itself "
         "(9.4.1.11, 10.28.4). A known request that the station does not support is rejected.",
         "test_ap_action.c:unknown_action_is_returned_with_error_bit test_sta_action.c:unknown_action_is_returned_with_error_bit "
         "returned_action_is_protected_under_pmf error_and_group_actions_are_not_answered "
         "error_group_and_foreign_actions_are_not_answered unassociated_station_may_send_public_action "
         "returned_action_is_buffered_for_dozing_station bss_transition_request_is_refused"),
        ("Forged beacons and unsolicited responses do not change a link.",
         "forged_beacons_do_not_end_link unsolicited_responses_have_no_effect deauth_of_other_bss_is_ignored"),
        ("Group addressed frames of neighbouring BSSs are normal traffic and counted as `other_bss`.",
         "neighbour_group_frames_count_as_other_bss frames_for_other_bss_are_ignored"),
    ]),
    ("Interoperability with hostapd, wpa_supplicant and mac80211", [
        ("Unicast and broadcast frames of all sizes pass in both directions with CCMP, CCMP-256, GCMP-256, TKIP and "
         "without encryption, with PSK and PSK-SHA256, with each common BIP cipher, with visible and hidden SSIDs.",
         "test_supplicant_connects_to_vifi_ap test_vifi_sta_connects_to_hostapd test_tshark_decrypts_the_capture_of_the_air"),
        ("Fragments from mac80211 are reassembled.", "test_peers.py:test_fragments_of_mac80211_arrive"),
        ("A mac80211 station in power save mode retrieves its buffered frames by PS-Poll without loss (11.2.3).", "test_vifi_ap_buffers_frames_for_a_dozing_station"),
        ("Rekeys by either access point complete with the other implementation's station, and the link stays up.", "test_peers.py:test_keys_are_renewed"),
        ("A station that leaves, is deauthenticated, roams, or whose peer restarts, connects again; under PMF with "
         "protected frames and SA Query.",
         "test_peers.py:test_deauthenticated_station_reconnects test_vifi_ap_accepts_a_reassociation test_roaming_station_leaves_its_old_bss test_stations_reconnect_after_a_restart_of_their_access_point "
         "test_vifi_sta_answers_an_sa_query"),
        ("A station follows a channel switch of hostapd (11.8.8), and rejects a request that it does not support.",
         "test_vifi_sta_follows_a_channel_switch test_vifi_sta_rejects_a_bss_transition_request_without_candidates"),
        ("Both ends report a wrong passphrase.", "test_vifi_ap_reports_a_wrong_passphrase test_vifi_sta_reports_a_wrong_passphrase"),
    ]),
    ("Staying connected", [
        ("A station that was idle for days is still associated, or reconnects without intervention.",
         "station_stays_connected_for_two_idle_days silent_station_is_polled station_without_poll_answer_is_removed "
         "forgotten_association_is_restored test_sta_link.c:vanished_ap_is_detected "
         "two_hundred_stations_run_for_two_days station_reconnects_after_ap_restart vanished_station_is_forgotten "
         "test_access_point_and_station_reconnect_to_a_restarted_air test_guest_reconnects_after_a_killed_process_restarts"),
        ("A station follows its access point to another channel, and returns if it finds none there (11.8.8, 11.9). A "
         "forged announcement does not end the link.",
         "station_follows_channel_switch station_is_silent_under_csa_mode_1 csa_action_frame_is_followed false_csa_does_not_end_link "
         "cancelled_csa_is_forgotten station_rescans_when_it_cannot_follow_csa truncated_csa_is_ignored"),
        ("A station moves where its access point asks it to, if a candidate of its own network was heard; it answers once, before it "
         "moves, and returns if that fails (11.21.7).",
         "association_claims_bss_transition station_moves_to_the_candidate without_candidate_the_station_stays "
         "station_that_must_leave_takes_any_access_point network_decides_whether_a_candidate_fits "
         "station_returns_after_a_failed_move truncated_request_is_returned station_without_steering_stays "
         "test_access_point_moves_its_station"),
        ("An access point that moves to another channel announces it in each beacon and probe response, counts the "
         "TBTTs that remain, and transmits no data if it blocks the stations' transmissions; all its BSSs move "
         "together. Stations that follow stay associated, and no frame is lost (11.8.8, 11.9).",
         "beacons_count_down_and_the_radio_moves probe_responses_announce_the_move blocked_transmission_holds_data_from_the_start "
         "all_bsss_move_together stations_stay_and_no_frame_is_lost stations_follow_and_no_frame_is_lost "
         "a_switch_has_both_templates_and_the_counters a_move_names_the_new_channel_in_every_way "
         "test_stations_follow_without_a_new_association test_all_networks_of_the_radio_move_together"),
        ("Beacons and association responses tell of stations and neighbours without OFDM, without 802.11n, with long "
         "slots or preambles, and no longer than these are there (9.4.2.12, 10.27.3, 10.28).",
         "a_station_without_ofdm_is_protected_while_it_is_there the_response_is_up_to_date ht_protection_names_the_weakest_station "
         "neighbours_count_until_they_fall_silent an_update_has_the_new_template_and_its_parameters "
         "test_erp_bits_follow_a_station_of_80211b test_a_neighbour_of_80211b_is_protected"),
        ("In the 2.4 GHz band an access point uses 40 MHz only where no other network forbids it, and 20 MHz from the "
         "report of an associated station or a neighbour's beacon until the transition delay is over (11.15).",
         "networks_on_a_part_of_the_channel_forbid_40_mhz an_intolerant_station_ends_40_mhz_until_the_delay_is_over "
         "coexistence_reports_end_40_mhz a_stranger_cannot_end_40_mhz_by_a_report an_intolerant_neighbour_ends_40_mhz "
         "test_an_overlapping_network_forbids_40_mhz test_an_intolerant_station_makes_the_network_narrow"),
        ("The access point announces buffered frames of a dozing station in the TIM, limits their number, and sends "
         "them in order (11.2.3).",
         "frames_are_buffered_for_dozing_station waking_station_gets_buffered_frames_in_order tim_sets_bits_of_buffered_stations "
         "total_buffered_frames_are_limited expired_frames_are_dropped dozing_stations_receive_all_frames "
         "evicted_handshake_message_is_sent_again frames_are_kept_for_longest_listen_interval "
         "test_tim_announces_buffered_frames"),
        ("A beacon and a probe response carry the time of their transmission, even after a delay or a retry "
         "(11.1.3.2).",
         "delayed_beacon_carries_transmission_time each_retry_has_its_own_timestamp other_bytes_are_unchanged "
         "dozing_stations_receive_all_frames"),
        ("An unacknowledged response to a PS-Poll is kept, with its packet number, for the next PS-Poll until it "
         "expires.",
         "unacknowledged_ps_poll_frame_is_kept retried_ps_poll_frame_is_recognised_as_duplicate unacknowledged_frame_expires kept_frame_is_sent_first_on_wakeup "
         "ps_poll_waits_for_pending_tx_status all_fragments_are_kept_for_retry rekey_discards_kept_frame management_frame_is_kept_for_retry "
         "station_leaves_with_frame_in_flight"),
    ]),
]

HEAD = """# Rules of the Wi-Fi side and their tests

Written by `tests/tools/wifi_rules_table.py`; a test checks that the page is up to date and that each named test exists.
Clause numbers refer to IEEE Std 802.11-2020, CVE numbers of 2020 to FragAttacks. The terms are those of the [glossary](glossary.md).

| folder | kind of test |
|---|---|
| `tests/unit` | unit tests with single frames |
| `tests/sim` | networks over days of virtual time |
| `tests/air` | modules and programs on the virtual medium, verified by tshark, scapy and aircrack-ng |
| `tests/net` | the programs in network namespaces, verified in the same way |
| `tests/interop` | hostapd, wpa_supplicant and mac80211 as peers |

There are no rules for missing features.
"""


def find_tests():
    """A dict: test name → list of (folder, file) that define it."""
    found = {}
    for folder, pattern in FOLDERS.items():
        for path in sorted((TOP / "tests" / folder).glob("test_*.[cp]*")):
            for name in re.findall(pattern, path.read_text(), re.M):
                found.setdefault(name, []).append((folder, path.name))
    return found


def resolve(word, tests):
    """Returns (file, name) of a test, or a sentence that describes the error."""
    file, _, name = word.rpartition(":")
    places = [place for place in tests.get(name, []) if file in ("", place[1])]
    if not places:
        return f"there is no test {name}" + (f" in {file}" if file else "")
    if len(places) > 1:
        return f"{name} is in {' and '.join(place[1] for place in places)}: write FILE:{name}"
    return places[0][1], name


def table(rules=None):
    """Returns the text of the page and a list of errors."""
    tests, lines, errors, number = find_tests(), [HEAD.rstrip("\n")], [], 0
    for part, rows in RULES if rules is None else rules:
        lines += ["", f"## {part}", "", "| | rule | tests |", "|---|---|---|"]
        for requirement, words in rows:
            number += 1
            files = {}
            for word in words.split():
                place = resolve(word, tests)
                if isinstance(place, str):
                    errors.append(f"rule {number}: {place}")
                else:
                    files.setdefault(place[0], []).append(place[1].removeprefix("test_").replace("_", " "))
            if not words.split():
                errors.append(f"rule {number} has no test")
            cell = "<br>".join(f"`{file}`: {'; '.join(names)}" for file, names in files.items())
            lines.append(f"| {number} | {requirement} | {cell} |")
    return "\n".join(lines) + "\n", errors


def problems(rules=None):
    text, errors = table(rules)
    if not DOC.exists() or DOC.read_text() != text:
        errors.append(f"doc/{DOC.name} is out of date; run /usr/bin/python3 tests/tools/wifi_rules_table.py")
    return errors


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        found = problems()
        for sentence in found:
            print(sentence, file=sys.stderr)
        sys.exit(1 if found else 0)
    DOC.write_text(table()[0])
    for sentence in table()[1]:
        print(sentence, file=sys.stderr)
