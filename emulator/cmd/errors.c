#include "cmd/ctx.h"

#include <string.h>

/*
 * What each command can fail with, by any profile: names of enum err without
 * ERR_. tests/ledger holds the list against the conformance cases, both
 * ways, and docs/commands.md prints it.
 *
 * Not listed is what every command can meet: a line that cannot be parsed, a
 * form that is not in the table, and the host of the emulator failing (no
 * memory, a state directory that cannot be written).
 */
#define SIM_ANY                                                                \
	"SIM_NOT_INSERTED SIM_PIN_REQUIRED SIM_PUK_REQUIRED SIM_FAILURE "      \
	"SIM_BUSY"
/* A name that cannot be, storage included; files.code_name chooses. */
#define FILE_NAMED "FILE_DISK FILE_PARAM FILE_NAME"
/* A handle that is not open; files.code_handle chooses. */
#define FILE_HELD "FILE_DISK FILE_PARAM FILE_HANDLE FILE_INVALID"
#define NET_OPEN                                                               \
	"NET_PARAM NET_ID_USED NET_PDP_OPEN NET_DNS NET_CONNECT NET_TIMEOUT "  \
	"NET_PDP_BROKEN"

/* clang-format off */
static const struct {
	const char *name, *errors;
} list[] = {
	{"E", "PARAM"}, {"Q", "PARAM"}, {"V", "PARAM"}, {"X", "PARAM"},
	{"Z", "PARAM"}, {"&F", "PARAM"}, {"&W", "PARAM"}, {"&V", ""},
	{"&C", "PARAM"}, {"&D", "PARAM"},
	{"S", "PARAM"},
	{"O", "NOT_ALLOWED"},
	{"H", "PARAM"}, {"L", ""}, {"M", ""}, {"T", ""}, {"P", ""},
	{"+IFC", "PARAM"},
	{"+ICF", "PARAM"},
	{"+FCLASS", "PARAM"},

	{"I", "PARAM"},
	{"+GMI", ""}, {"+CGMI", ""}, {"+GMM", ""}, {"+CGMM", ""},
	{"+GMR", ""}, {"+CGMR", ""}, {"+QGMR", ""}, {"+CVERSION", ""},
	{"+CSUB", ""},
	{"+GSN", "PARAM"}, {"+CGSN", "PARAM"},
	{"+CIMI", "NOT_ALLOWED SIM_PIN_REQUIRED SIM_PUK_REQUIRED SIM_FAILURE SIM_BUSY"},
	{"+QCCID", "SIM_FAILURE SIM_BUSY"},
	{"+CNUM", SIM_ANY},

	{"+CFUN", "PARAM"},
	{"+QPOWD", "PARAM BUSY"},

	{"+CPAS", ""}, {"+CEER", ""}, {"+CIND", ""}, {"+CBC", ""},
	{"+QADC", "PARAM"},
	{"+QTEMP", ""}, {"+QRIR", ""},
	{"+CGCLASS", "PARAM"},

	{"+CMEE", "PARAM"},
	{"+QURCCFG", "PARAM"},
	{"+QSCLK", "PARAM BUSY"},
	{"+IPR", "PARAM"},
	{"+CSCS", "PARAM BUSY"},
	{"+CSTA", "PARAM"}, {"+QAPRDYIND", "PARAM"}, {"+QDIAGPORT", "PARAM"},
	{"+QMBNCFG", "PARAM NOT_MODELLED"},
	{"+QCFG", "PARAM NOT_MODELLED"},

	{"+CCLK", "PARAM NOT_ALLOWED"},
	{"+CTZU", "PARAM"}, {"+CTZR", "PARAM"}, {"+QLTS", "PARAM"},

	{"+CPIN", "PARAM NOT_ALLOWED PASSWORD SIM_NOT_INSERTED SIM_PUK_REQUIRED SIM_PUK2_REQUIRED SIM_FAILURE SIM_BUSY"},
	{"+CLCK", "PARAM PASSWORD NO_SERVICE SIM_PIN2_REQUIRED SIM_PUK2_REQUIRED " SIM_ANY},
	{"+CPWD", "PARAM NOT_ALLOWED PASSWORD NO_SERVICE SIM_PUK2_REQUIRED " SIM_ANY},
	{"+QPINC", "PARAM SIM_NOT_INSERTED SIM_FAILURE SIM_BUSY"},
	{"+QSIMDET", "PARAM"}, {"+QSIMSTAT", "PARAM"},
	{"+QSIMVOL", "PARAM"},
	{"+QINISTAT", ""},

	{"+CREG", "PARAM"}, {"+CGREG", "PARAM"}, {"+CEREG", "PARAM"},
	{"+COPS", "PARAM NO_SERVICE TIMEOUT " SIM_ANY},
	{"+COPN", ""},
	{"+QOPS", "NO_SERVICE"}, {"+QOPSCFG", "PARAM"},
	{"+CGATT", "PARAM NO_SERVICE " SIM_ANY},
	{"+CPOL", "PARAM " SIM_ANY}, {"+QFPLMNCFG", "PARAM " SIM_ANY},
	{"+QNWLOCK", "PARAM"},

	{"+CSQ", ""}, {"+CESQ", ""}, {"+QCSQ", ""}, {"+QNWINFO", ""},
	{"+QENG", "PARAM"},
	{"+QNETINFO", "PARAM"},
	{"+QSPN", ""},
	{"+QINDCFG", "PARAM"},

	{"+CGDCONT", "PARAM NOT_ALLOWED NOT_MODELLED"},
	{"+CGACT", "PARAM NOT_ALLOWED NOT_MODELLED NO_SERVICE"},
	{"+CGPADDR", "PARAM NOT_MODELLED"},
	{"+CGEREP", "PARAM"},
	{"+CGQREQ", "PARAM NOT_MODELLED"}, {"+CGQMIN", "PARAM NOT_MODELLED"},
	{"+CGEQREQ", "PARAM NOT_MODELLED"}, {"+CGEQMIN", "PARAM NOT_MODELLED"},
	{"+QGDCNT", "PARAM"}, {"+QAUGDCNT", "PARAM"},
	{"+CGSMS", "PARAM"}, {"+QNETDEVSTATUS", "PARAM"},
	{"+CGCONTRDP", "PARAM NOT_MODELLED"},

	{"+QICSGP", "NET_PARAM NET_NOT_ALLOWED"},
	{"+QIACT", "NET_PARAM NET_PDP_OPEN NET_NO_APN"},
	{"+QIDEACT", "NET_PARAM"},

	{"+QFLDS", "FILE_DISK FILE_PARAM"},
	{"+QFLST", FILE_NAMED " FILE_NOT_FOUND FILE_LIST"},
	{"+QFDEL", FILE_NAMED " FILE_DELETE FILE_NOT_FOUND"},
	{"+QFUPL", FILE_NAMED " FILE_EXISTS FILE_NO_SPACE FILE_DRIVE_FULL FILE_TOO_LARGE FILE_WRITE FILE_TIMEOUT"},
	{"+QFDWL", FILE_NAMED " FILE_NOT_FOUND FILE_READ"},
	{"+QFOPEN", FILE_NAMED " FILE_NOT_FOUND FILE_OPEN FILE_TOO_MANY FILE_ALREADY_OPEN FILE_READ FILE_WRITE"},
	{"+QFREAD", FILE_HELD " FILE_ZERO_READ FILE_READ"},
	{"+QFWRITE", FILE_HELD " FILE_NO_SPACE FILE_DRIVE_FULL FILE_TOO_LARGE FILE_READONLY FILE_WRITE FILE_TIMEOUT"},
	{"+QFSEEK", FILE_HELD " FILE_LARGER PARAM"},
	{"+QFPOSITION", FILE_HELD},
	{"+QFTUCAT", FILE_HELD " FILE_READONLY FILE_WRITE"},
	{"+QFCLOSE", FILE_HELD},

	{"+QICFG", "NET_PARAM NOT_MODELLED"},
	{"+QPING", "NET_PARAM NET_PDP_OPEN NET_DNS NET_TIMEOUT NET_BUSY NET_PDP_BROKEN"},
	{"+QNTP", "NET_PARAM NET_PDP_OPEN NET_DNS NET_TIMEOUT NET_BUSY NET_UNKNOWN NET_PDP_BROKEN"},
	{"+QIDNSCFG", "NET_PARAM NET_PDP_OPEN"},
	{"+QIDNSGIP", "NET_PARAM NET_PDP_OPEN NET_DNS NET_DNS_BUSY NET_PDP_BROKEN"},

	{"+QIOPEN", NET_OPEN " NET_BIND NET_LISTEN NET_BUSY"},
	{"+QISEND", "NET_PARAM NET_CLOSED NET_NOT_ALLOWED NET_TIMEOUT NET_WRITE"},
	{"+QISENDEX", "NET_PARAM NET_CLOSED NET_NOT_ALLOWED NET_WRITE"},
	{"+QIRD", "NET_PARAM NET_CLOSED NET_NOT_ALLOWED"},
	{"+QICLOSE", "NET_PARAM"},
	{"+QISWTMD", "NET_PARAM NET_CLOSED NET_NOT_ALLOWED"},
	{"+QISTATE", "NET_PARAM"},
	{"+QIGETERROR", ""},
	{"+QISDE", "NET_PARAM"},

	{"+QSSLCFG", "NET_PARAM NOT_MODELLED"},
	{"+QSSLOPEN", NET_OPEN " TLS_FILE TLS_CONFIG TLS_VERIFY TLS_ALERT TLS_HANDSHAKE"},
	{"+QSSLSEND", "NET_PARAM NET_CLOSED NET_TIMEOUT NET_WRITE"},
	{"+QSSLRECV", "NET_PARAM NET_CLOSED NET_NOT_ALLOWED"},
	{"+QSSLCLOSE", "NET_PARAM"},
	{"+QSSLSTATE", "NET_PARAM"},

	{"+QGPS", "PARAM GNSS_SUPPORT GNSS_ON"},
	{"+QGPSEND", "GNSS_OFF"},
	{"+QGPSLOC", "PARAM GNSS_OFF GNSS_FIX"},
};
/* clang-format on */

const char *cmd_errors(const char *name)
{
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].errors;
	return NULL;
}

bool cmd_errors_next(const char **words, enum err *err)
{
	size_t len;

	*words += strspn(*words, " ");
	len = strcspn(*words, " ");
	for (int e = ERR_UNKNOWN; e <= ERR_TLS_HANDSHAKE && len > 0; e++) {
		const char *name = err_name((enum err)e) + strlen("ERR_");

		if (strlen(name) != len || memcmp(name, *words, len) != 0)
			continue;
		*words += len;
		*err = (enum err)e;
		return true;
	}
	return false;
}
