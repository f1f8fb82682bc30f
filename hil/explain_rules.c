#include "hil/explain.h"

#include <stdio.h>
#include <string.h>

#include "hil/explain_holds.h"

/*
 * Cause by cause: when it holds, what it is, what to do, and who says so.
 * Rows that hold equally well are told in this order; it is the ranking of
 * [CLIENT C.6] for a TLS open, but for "sni", which decides today.
 */
/* clang-format off */
#define A GRADE_ASM
#define C GRADE_CAP
#define I GRADE_INF
#define K GRADE_KIN
#define M GRADE_MAN

static const struct rule rules[] = {
	{"emulator-policy", holds_refused_by_emulator,
		"the emulator refused it by its own policy; no modem would have said so",
		"give ec21emu a --map for the name, or --net any, and record again", C, "ec21emu(8)"},

	/* TLS: the files */
	{"pem-no-breaks", holds_pem_no_breaks,
		"a PEM file was uploaded without its line breaks, so the module cannot read it",
		"keep \\n at the end of each line of the PEM text, count the bytes again, and upload it anew", I, "[CLIENT C.6 H1]"},
	{"nul-too-many", holds_nul_too_many,
		"a file was uploaded with a NUL behind its text: sizeof of a C string counts it",
		"announce and send strlen bytes", K, "[FILE §9]"},
	{"commands-as-data", holds_commands_as_data,
		"commands were sent while the module still waited for the bytes of an upload, and went into the file",
		"announce the exact size, send that many bytes, wait for +QFUPL and OK; after a failure wait out the upload's time-out (5 s)", C, "[FILE §9], [CLIENT C.6 H4]"},
	{"upload-damaged", holds_upload_damaged,
		"a file in the module is not what was meant: bytes were lost or too few were sent",
		"compare size and checksum of +QFUPL with the file's; without RTS/CTS send in blocks of at most 80 bytes", I, "[CLIENT C.6 H4]"},
	{"ca-missing", holds_ca_missing,
		"the server is to be judged, but there is no CA file to judge it by",
		"upload the server's root certificate and set \"cacert\"; RAM: files are gone after a reset", K, "[SSL §3]"},
	/* TLS: the connection */
	{"sni-off", holds_sni_off,
		"no server name is sent, and the server refuses clients without one",
		"AT+QSSLCFG=\"sni\",CTX,1 before the open", C, "[SSL §12 1, 2]"},
	{"clock-unset", holds_clock_unset,
		"the module's clock is wrong, so every certificate is out of its time",
		"set it by AT+QNTP or AT+CCLK, or leave \"ignorelocaltime\" at 1", M, "[SSL §2.3]"},
	{"rc4-pinned", holds_rc4_pinned,
		"only an RC4 suite is offered; servers refuse RC4",
		"AT+QSSLCFG=\"ciphersuite\",CTX,0XFFFF", I, "[SSL §12 11]"},
	{"client-cert-wanted", holds_client_cert_wanted,
		"the server asks for a client certificate and gets none",
		"set \"clientcert\" and \"clientkey\", and \"seclevel\" to 2", I, "[SSL §2.3]"},
	{"access-mode", holds_access_mode,
		"this firmware wants QSSLOPEN's last argument, or another context or id",
		"add ,0 and ask AT+QSSLOPEN=? for the ranges", I, "[CLIENT C.6 H2]"},
	{"ecdsa-server", holds_tls_anything,
		"the server chose a suite or a certificate (ECDSA, GCM with SHA-384) that the module mishandles",
		"narrow \"ciphersuite\" to one RSA suite such as 0X0035 and open again", I, "[CLIENT C.6 H3]"},
	{"chain-not-linked", holds_server_judged,
		"the chain that the server sends does not lead to the uploaded root: another root, a missing intermediate, a SHA-1 root",
		"upload the root that the server's chain ends in; \"seclevel\" 0 shows whether it is this", I, "[CLIENT C.6 H5, H11]"},
	{"key-mismatch", holds_client_judged,
		"certificate and private key are no pair, or the key is of a kind the module does not take",
		"compare their public keys (openssl x509 -pubkey, openssl pkey -pubout) and upload the pair", I, "[CLIENT C.6 H6]"},
	{"client-cert-refused", holds_client_judged,
		"the server does not accept this client certificate: unknown, inactive or revoked",
		"activate it at the server; the server's log has the reason", I, "[CLIENT C.6 H9]"},
	{"wrong-name", holds_server_judged,
		"the server's certificate is for another name",
		"open by the name that stands in the certificate", K, "[SSL §12 13]"},
	{"suite-pinned", holds_suite_pinned,
		"the one suite that is offered is not among the server's",
		"AT+QSSLCFG=\"ciphersuite\",CTX,0XFFFF", I, "[CLIENT C.6 H3]"},
	{"version-not-met", holds_version_old,
		"module and server have no version of TLS in common: AWS IoT takes 1.2 and newer, the module's newest is 1.2",
		"AT+QSSLCFG=\"sslversion\",CTX,4, and let the server take TLS 1.2", I, "[SSL §2.3]"},
	{"host-too-long", holds_host_too_long,
		"the host's name is longer than this command takes; no manual states a limit",
		"try a shorter name of the same server", I, "[CLIENT C.6 H10]"},
	/* TLS: the settings */
	{"query-not-set", holds_query_not_set,
		"this asks for a value and sets nothing: the number is the context, not the value",
		"AT+QSSLCFG=\"KEY\",CTX,VALUE", K, "[SSL §2.1]"},
	{"number-quoted", holds_number_quoted,
		"a number stands in quotes; the module takes it without",
		"AT+QSSLCFG=\"ciphersuite\",CTX,0XFFFF", K, "[SSL §12 6]"},
	{"key-of-newer-firmware", holds_key_newer,
		"this firmware does not have the setting; the lists of 2015 and 2017 lack it",
		"read AT+QSSLCFG=? and update the firmware", K, "[SSL §2.2]"},
	{"key-of-other-module", holds_key_elsewhere,
		"this setting belongs to other modules (BG95, BG770A)",
		"leave it out", K, "[SSL §2.2]"},
	{"config-argument", holds_config_argument,
		"an argument is out of range: contexts are 0 to 5, and each key has its values",
		"read AT+QSSLCFG=?", M, "[SSL §2.1]"},
	/* the article's riddles, as the firmware tells them */
	{"mbedtls-no-result", holds_every_flag,
		"the TLS library prints \"no result\" (0xFFFFFFFF): there was no handshake. Parsing the CA root failed before (a SHA-1 root, with SHA-1 left out of the library) and nobody looked at what the call returned",
		"check what x509_crt_parse and connect return; build with MBEDTLS_SHA1_C, or take a root signed with SHA-256", I, "[CLIENT D]"},
	{"mbedtls-sha1-left-out", holds_sha1_left_out,
		"a certificate is signed in a way that the library was built without: -0x262E at the CA root is SHA-1",
		"build with MBEDTLS_SHA1_C, or take a root signed with SHA-256", I, "[CLIENT D]"},
	{"mbedtls-pem", holds_pem_unreadable,
		"the library finds no PEM block it can read: no line breaks, no BEGIN, or the text's last NUL was not counted",
		"keep \\n at each line's end, and pass strlen + 1 bytes to the parser", I, "[CLIENT D]"},
	{"mbedtls-verify-failed", holds_verify_failed,
		"the server's certificate was refused: name, root or dates",
		"print mbedtls_x509_crt_verify_info of the verify result", I, "[CLIENT D]"},
	{"mbedtls-no-handshake", holds_no_handshake,
		"a TLS call came without a set-up that worked; an earlier call failed and nobody looked",
		"check what each call before it returned", I, "[CLIENT D]"},
	{"mbedtls-verify", holds_some_flags,
		"the TLS library refused the server's certificate for what it lists",
		"look at each line: the name, the root, the dates", I, "[CLIENT D]"},
	{"fork-no-result", holds_fork_no_result,
		"QSSLOPEN was answered with OK, but no +QSSLOPEN: id,0 came in 150 s: the result was another number, which the library does not show",
		"record the AT lines, or send the commands by hand, and look at the number behind +QSSLOPEN", I, "[CLIENT C.2]"},
	{"fork-no-ok", holds_fork_no_ok,
		"QSSLOPEN was not answered with OK: ERROR, +CME ERROR, or nothing",
		"record the AT lines and ask AT+QIGETERROR", I, "[CLIENT C.2]"},
	{"fork-config", holds_fork_config,
		"a QSSLCFG line, or AT+QISTATE?, was not answered with OK in 500 ms; after a failed upload the module is still in data mode",
		"wait out the upload's time-out, and check the size that was announced", I, "[CLIENT C.2]"},
	{"fork-upload", holds_fork_upload,
		"an upload did not end with +QFUPL and OK in 5 s, and the library returns true all the same",
		"announce the exact size, and delete the file before", I, "[CLIENT C.1]"},

	/* SIM and start */
	{"sim-still-starting", holds_sim_starting,
		"the SIM is still starting: 10 and 14 are normal for some 100 ms behind RDY",
		"poll AT+CPIN? until READY, for 10 s", C, "[AT §5.1]"},
	{"sim-locked", holds_sim_locked,
		"the SIM asks for its PIN, or after three wrong ones its PUK",
		"AT+CPIN=\"PIN\"; AT+QPINC? tells the tries that are left", M, "[AT §7.1]"},
	{"radio-off", holds_radio_off,
		"the module is in minimum function, where the SIM is off",
		"AT+CFUN=1", C, "[AT §5.3]"},
	{"sim-absent", holds_sim_absent,
		"there is no SIM, or it makes no contact",
		"reseat the SIM, its chip to the contacts; AT+QSIMSTAT? tells what the module sees", C, "[AT §4]"},
	{"pin-wrong", holds_pin_wrong,
		"the PIN or password is not the right one; the third wrong PIN blocks the SIM",
		"AT+QPINC? tells the tries that are left; stop before none is", M, "[AT §7.1], [AT §7.2]"},
	{"pin-not-asked", holds_pin_not_asked,
		"the SIM is open, no PIN is asked",
		"ask AT+CPIN? first, and send a PIN only to SIM PIN", I, "[AT §7.1]"},
	{"too-early", holds_too_early,
		"the module had only just started: some commands fail in the first 3 to 5 s behind RDY",
		"wait, then send it again", I, "[AT §5.1], [FILE §1]: that they fail is cap, the number 419 is not"},

	/* network */
	{"registration-denied", holds_registration_denied,
		"the network refuses this SIM",
		"check that the subscription is active and allowed here; a data-only SIM shows 3 at +CREG but 1 at +CEREG", M, "[AT §9.1]"},
	{"not-searching", holds_not_searching,
		"the module is not registered and does not search",
		"AT+CFUN=1, AT+COPS=0; check antenna and SIM", M, "[AT §9.1]"},
	{"no-service", holds_no_service,
		"there is no network that serves this SIM here, or the radio is off",
		"AT+CFUN?, AT+CSQ, AT+COPS=?; check the antenna", M, "[AT §8]"},
	{"no-apn", holds_no_apn,
		"the context has no APN",
		"AT+QICSGP=1,1,\"apn\",\"user\",\"password\",auth before AT+QIACT", M, "[TCP §2.2]"},
	{"context-active", holds_context_active,
		"the context is active already",
		"ask AT+QIACT? first, and take an address there for success", I, "[TCP §2.2]"},
	{"context-lost", holds_context_lost,
		"the network took the context away; every socket of it is dead",
		"AT+QIDEACT, then AT+QIACT, then open again", M, "[TCP §11]"},
	{"context-down", holds_context_down,
		"no context is active",
		"AT+QIACT=1 first, and wait for its OK (up to 150 s)", I, "[TCP §3]"},
	{"context-refused", holds_context_refused,
		"the network did not open the context: wrong APN, user or password, or no registration",
		"check AT+CEREG? and the APN's data; AT+QIGETERROR gives a number", I, "[TCP §2.2]"},

	/* sockets */
	{"id-in-use", holds_id_in_use,
		"the id is still taken: a failed open and a peer's close keep it until the host closes",
		"AT+QICLOSE (AT+QSSLCLOSE) with the id, then open", K, "[TCP §1], [CLIENT C.6 H12]"},
	{"name-not-resolved", holds_name_not_resolved,
		"the name does not exist, or the context's name servers do not answer",
		"AT+QIDNSGIP=1,\"name\" and AT+QIDNSCFG=1; try the address instead", M, "[TCP §12]"},
	{"tcp-refused", holds_tcp_refused,
		"nobody listens at this address and port, or a firewall refuses",
		"open it from elsewhere; AT+QIOPEN to the same port tells TCP from TLS", I, "[TCP §3, §12]"},
	{"no-answer", holds_no_answer,
		"the server, or a firewall on the way, does not answer",
		"AT+QPING, another port, the server's log", M, "[TCP §12]"},
	{"ping-lost", holds_ping_lost,
		"the request was lost, or the host does not answer to ping",
		"ping another address; if none answers the context has no way out", M, "[TCP §10.1]"},
	{"stack-wedged", holds_stack_wedged,
		"the module's data stack is dead: after some 20 opens and closes every open says 552",
		"restart the module; AT+QIDEACT does not help", K, "[SSL §12 8]"},
	{"unquoted", holds_unquoted,
		"strings need quotes, and no argument may be missing",
		"AT+QIOPEN=1,0,\"TCP\",\"host\",port", I, "[TCP §3]"},
	{"send-too-long", holds_send_too_long,
		"more than 1460 bytes in one send",
		"send in pieces of at most 1460 bytes", M, "[TCP §6]"},
	{"peer-closed", holds_peer_closed,
		"the peer has closed the connection",
		"close the id and open again; heed the \"closed\" URC", M, "[TCP §6]"},
	{"data-pushed", holds_data_pushed,
		"the id was opened with access mode 1: its data come by themselves, behind the \"recv\" URC, and cannot be read",
		"read them from the URC, or open with access mode 0", C, "[TCP §7], [SSL §5]"},
	{"port-in-use", holds_port_in_use,
		"the local port is taken by another socket, or by one that has just closed",
		"local port 0 takes any that is free; or wait for the close to end", I, "[TCP §12]"},
	{"one-at-a-time", holds_one_at_a_time,
		"the one before is not done: a name, a time or a close is still under way",
		"wait for its result, then send it again", M, "[TCP §3, §12]"},
	{"not-open", holds_not_open,
		"the id is not connected, or is in another mode",
		"look with AT+QISTATE (AT+QSSLSTATE)", M, "[TCP §6]"},
	{"buffer-full", holds_buffer_full,
		"the module's send buffer is full",
		"wait for acknowledgements (AT+QISEND=id,0) and send again", M, "[TCP §6]"},

	/* files */
	{"upload-short", holds_upload_short,
		"fewer bytes came than were announced, and then none for the upload's time-out",
		"announce the exact size; line ends converted to CR LF, or a NUL of sizeof, change it", M, "[FILE §4.4]"},
	{"upload-unfinished", holds_upload_open,
		"the module still waits for bytes; what is sent next becomes file data",
		"send the rest, or wait 5 s before the next command", M, "[FILE §9]"},
	{"file-exists", holds_file_exists,
		"a file of this name is there, and QFUPL does not replace it",
		"AT+QFDEL it first; 418 to that is fine", K, "[FILE §4.4]"},
	{"delete-absent", holds_delete_absent,
		"there was no such file to delete",
		"before an upload that is fine: go on", C, "[FILE §4.3]"},
	{"file-open", holds_file_open,
		"the file is open",
		"AT+QFOPEN? tells its handle; AT+QFCLOSE it first", I, "[FILE §4.3, §4.6]"},
	{"file-absent", holds_file_absent,
		"there is no such file in this storage: RAM: is empty after each restart, and a name without prefix is UFS:",
		"AT+QFLST lists what is there; upload it again", M, "[FILE §2]"},
	{"no-room", holds_no_room,
		"the storage has no room for this",
		"AT+QFLDS tells how much is free; delete what is not needed with AT+QFDEL", M, "[FILE §5]"},
	{"handle-not-open", holds_handle_closed,
		"no file is open under this handle: closed, never opened, or a restart closed it",
		"use the number that +QFOPEN gave; AT+QFOPEN? lists what is open", K, "[FILE §5]"},
	{"at-end", holds_at_end,
		"the pointer is at the end of the file; reading and writing move it",
		"AT+QFSEEK=HANDLE,0 goes back to the start", K, "[FILE §4.7]"},
	{"past-end", holds_past_end,
		"the offset leaves the file",
		"AT+QFPOSITION tells where the pointer is, AT+QFLST the size", M, "[FILE §4.9]"},
	{"too-many-open", holds_too_many_open,
		"too many files are open; handles were not closed",
		"AT+QFOPEN? lists them; AT+QFCLOSE each", K, "[FILE §5]"},
	{"read-only", holds_read_only,
		"the file was opened with mode 2, which is for reading",
		"open it with mode 0 or 1", K, "[FILE §4.6]"},
	{"file-name", holds_file_name,
		"this is no name of a file: empty, a pattern, or longer than 80 bytes",
		"give one file its name; * is for AT+QFLST and AT+QFDEL", M, "[FILE §2]"},
	{"prefix-case", holds_prefix_case,
		"the storage prefix must be in capitals",
		"write RAM: or UFS:", C, "[FILE §1]"},

	{"file-argument", holds_file_argument,
		"an argument is missing, out of range, or of the wrong kind: names are in quotes, numbers are not",
		"compare with the command's =? form", M, "[FILE §5]"},
	{"nothing-came", holds_no_answer_at_all,
		"the module did not answer: it is off, asleep, in data mode, or at another rate",
		"send AT until OK comes; check PWRKEY, DTR and the rate", I, "[AT §5]"},
	/* The last two are for when none of those above holds. */
	{"bad-argument", holds_bad_argument,
		"an argument is missing, out of range or of the wrong kind, or this firmware does not have the command",
		"compare with its =? form; AT+QIGETERROR tells more for TCP/IP and TLS", M, "[AT §1]"},
	{"no-such-command", holds_no_such_command,
		"this firmware does not have the command, or not in this form",
		"ask its =? form, and AT+CMEE=2 for words", M, "[AT §1]"},
};
/* clang-format on */

#define N_RULES	       (sizeof(rules) / sizeof(*rules))
#define N_LAST_RESORTS 2

const struct rule *explain_rules(size_t *n)
{
	*n = N_RULES;
	return rules;
}

/* Insert by score; equals stay in the table's order. */
static void add_cause(struct explanation *e, const struct rule *rule,
	enum score score, const char *because)
{
	size_t at = e->n_causes;

	if (e->n_causes == CAUSES_MAX)
		return;
	while (at > 0 && e->causes[at - 1].score < score)
		at--;
	memmove(&e->causes[at + 1], &e->causes[at],
		(e->n_causes - at) * sizeof(*e->causes));
	e->causes[at] = (struct cause){.rule = rule, .score = score};
	snprintf(e->causes[at].because, sizeof(e->causes[at].because), "%s",
		because);
	e->n_causes++;
}

static void try_rule(struct explanation *e, const struct rule *rule)
{
	struct buf because;
	enum score score;
	const char *text;

	buf_init(&because, sizeof(e->causes[0].because) - 1);
	score = rule->holds(&e->matter, &because);
	text = buf_cstr(&because);
	if (score != SCORE_NO)
		add_cause(e, rule, score, text ? text : "");
	buf_free(&because);
}

void explain_finding(struct explanation *e, const struct dialogue *d,
	const struct finding *f)
{
	*e = (struct explanation){.matter = {.d = d, .f = f}};
	if (f->exchange != NO_EXCHANGE)
		e->matter.x = &d->exchanges[f->exchange];
	tls_facts_read(&e->matter.tls, d, f->exchange);
	if (f->code != NO_CODE && f->family != CODE_NONE)
		e->code = code_find(f->family, f->code);
	for (size_t i = 0; i < N_RULES; i++)
		if (i < N_RULES - N_LAST_RESORTS || e->n_causes == 0)
			try_rule(e, &rules[i]);
}
