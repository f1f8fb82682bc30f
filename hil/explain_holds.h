#ifndef EC21_HIL_EXPLAIN_HOLDS_H
#define EC21_HIL_EXPLAIN_HOLDS_H

#include "hil/explain.h"

/*
 * Does a rule hold? Each looks at one error and the log around it, and says
 * in `because` what of the log speaks for it. The rules themselves, with
 * their sources, are the table in explain_rules.c.
 */
/* explain_tls.c */
enum score holds_pem_no_breaks(const struct matter *m, struct buf *because);
enum score holds_nul_too_many(const struct matter *m, struct buf *because);
enum score holds_upload_damaged(const struct matter *m, struct buf *because);
enum score holds_sni_off(const struct matter *m, struct buf *because);
enum score holds_rc4_pinned(const struct matter *m, struct buf *because);
enum score holds_version_old(const struct matter *m, struct buf *because);
enum score holds_suite_pinned(const struct matter *m, struct buf *because);
enum score holds_clock_unset(const struct matter *m, struct buf *because);
enum score holds_ca_missing(const struct matter *m, struct buf *because);
enum score holds_client_cert_wanted(
	const struct matter *m, struct buf *because);
enum score holds_tls_anything(const struct matter *m, struct buf *because);
enum score holds_server_judged(const struct matter *m, struct buf *because);
enum score holds_client_judged(const struct matter *m, struct buf *because);
enum score holds_access_mode(const struct matter *m, struct buf *because);
enum score holds_host_too_long(const struct matter *m, struct buf *because);
enum score holds_number_quoted(const struct matter *m, struct buf *because);
enum score holds_key_newer(const struct matter *m, struct buf *because);
enum score holds_key_elsewhere(const struct matter *m, struct buf *because);
enum score holds_query_not_set(const struct matter *m, struct buf *because);
enum score holds_every_flag(const struct matter *m, struct buf *because);
enum score holds_some_flags(const struct matter *m, struct buf *because);
enum score holds_fork_no_result(const struct matter *m, struct buf *because);
enum score holds_fork_no_ok(const struct matter *m, struct buf *because);
enum score holds_fork_config(const struct matter *m, struct buf *because);
enum score holds_fork_upload(const struct matter *m, struct buf *because);

enum score holds_sha1_left_out(const struct matter *m, struct buf *because);
enum score holds_pem_unreadable(const struct matter *m, struct buf *because);
enum score holds_verify_failed(const struct matter *m, struct buf *because);
enum score holds_no_handshake(const struct matter *m, struct buf *because);

/* explain_modem.c */
enum score holds_sim_starting(const struct matter *m, struct buf *because);
enum score holds_sim_absent(const struct matter *m, struct buf *because);
enum score holds_sim_locked(const struct matter *m, struct buf *because);
enum score holds_radio_off(const struct matter *m, struct buf *because);
enum score holds_pin_wrong(const struct matter *m, struct buf *because);
enum score holds_pin_not_asked(const struct matter *m, struct buf *because);
enum score holds_no_service(const struct matter *m, struct buf *because);
enum score holds_too_early(const struct matter *m, struct buf *because);
enum score holds_registration_denied(
	const struct matter *m, struct buf *because);
enum score holds_not_searching(const struct matter *m, struct buf *because);
enum score holds_no_apn(const struct matter *m, struct buf *because);
enum score holds_context_active(const struct matter *m, struct buf *because);
enum score holds_context_refused(const struct matter *m, struct buf *because);
enum score holds_context_lost(const struct matter *m, struct buf *because);
enum score holds_context_down(const struct matter *m, struct buf *because);
enum score holds_id_in_use(const struct matter *m, struct buf *because);
enum score holds_name_not_resolved(const struct matter *m, struct buf *because);
enum score holds_tcp_refused(const struct matter *m, struct buf *because);
enum score holds_no_answer(const struct matter *m, struct buf *because);
enum score holds_ping_lost(const struct matter *m, struct buf *because);
enum score holds_stack_wedged(const struct matter *m, struct buf *because);
enum score holds_unquoted(const struct matter *m, struct buf *because);
enum score holds_config_argument(const struct matter *m, struct buf *because);
enum score holds_send_too_long(const struct matter *m, struct buf *because);
enum score holds_peer_closed(const struct matter *m, struct buf *because);
enum score holds_not_open(const struct matter *m, struct buf *because);
enum score holds_data_pushed(const struct matter *m, struct buf *because);
enum score holds_port_in_use(const struct matter *m, struct buf *because);
enum score holds_one_at_a_time(const struct matter *m, struct buf *because);
enum score holds_buffer_full(const struct matter *m, struct buf *because);
enum score holds_refused_by_emulator(
	const struct matter *m, struct buf *because);
enum score holds_bad_argument(const struct matter *m, struct buf *because);
enum score holds_no_such_command(const struct matter *m, struct buf *because);
enum score holds_no_answer_at_all(const struct matter *m, struct buf *because);

/* explain_files.c */
enum score holds_commands_as_data(const struct matter *m, struct buf *because);
enum score holds_upload_short(const struct matter *m, struct buf *because);
enum score holds_upload_open(const struct matter *m, struct buf *because);
enum score holds_file_exists(const struct matter *m, struct buf *because);
enum score holds_delete_absent(const struct matter *m, struct buf *because);
enum score holds_prefix_case(const struct matter *m, struct buf *because);
enum score holds_file_absent(const struct matter *m, struct buf *because);
enum score holds_no_room(const struct matter *m, struct buf *because);
enum score holds_file_name(const struct matter *m, struct buf *because);
enum score holds_file_argument(const struct matter *m, struct buf *because);
enum score holds_handle_closed(const struct matter *m, struct buf *because);
enum score holds_at_end(const struct matter *m, struct buf *because);
enum score holds_past_end(const struct matter *m, struct buf *because);
enum score holds_file_open(const struct matter *m, struct buf *because);
enum score holds_too_many_open(const struct matter *m, struct buf *because);
enum score holds_read_only(const struct matter *m, struct buf *because);

#endif
