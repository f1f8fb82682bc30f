# The runner. Its engine is an archive so that the unit tests can link it.
check_transcript_USES := testsupport base
check_mask_USES       := testsupport base
check_recorder_USES   := testsupport base
fuzz_transcript_USES  := base
