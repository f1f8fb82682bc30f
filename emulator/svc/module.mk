# The services' tests need neither sockets nor the AT engine.
check_filestore_USES := testsupport svc base
check_filehandle_USES := testsupport svc base
check_simcard_USES   := testsupport svc base
check_regnet_USES    := testsupport svc base
check_power_USES     := testsupport svc base
check_sock_USES      := testsupport svc base
check_sock_push_USES := testsupport svc base
check_pdpctx_USES    := testsupport svc base

# fake_sslctx.c stands in for sslctx.c: testsupport comes first.
check_cmd_tcp_USES   := testsupport testfakes cmd at svc base
check_cmd_tcp_data_USES := $(check_cmd_tcp_USES)
check_cmd_pdp_USES   := $(check_cmd_tcp_USES)
check_cmd_flood_USES := $(check_cmd_tcp_USES)
check_cmd_transp_USES := testsupport testfakes cmd at svc base
check_cmd_nettool_USES := testsupport testfakes cmd at svc base
check_cmd_ssl_USES   := testsupport testfakes cmd at svc base
check_cmd_file_USES  := testsupport testfakes cmd at svc base
fuzz_ufs_entry_USES  := svc base
