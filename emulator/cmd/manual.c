#include "cmd/ctx.h"

#include <string.h>

/*
 * Commands that the EC2x AT manual V2.0 and its application notes list and
 * no row of ours has to have. A name that some family does model counts as
 * modelled, wherever it stands here: docgen and the look-up ask the rows
 * first. man [AT §1]
 */
static const struct cmd_manual list[] = {
	{"general", "+QAPRDYIND +QDIAGPORT +QRIR +CPAS +CEER +QMBNCFG"},
	{"SIM", "+CSIM +CRSM +QSIMVOL +QDSIM +CCHO +CGLA +CCHC"},
	{"network", "+CPOL +COPN +QNETINFO +QNWLOCK +QOPSCFG +QOPS "
		    "+QFPLMNCFG +CIND"},
	{"calls", "A D +CVHU +CHUP +CBST +CSTA +CLCC +CR +CRC +CRLP +QECCNUM "
		  "+QHUP +QCHLDIPMPTY ^DSCI"},
	{"phone book", "+CPBF +CPBR +CPBS +CPBW"},
	{"SMS", "+CSMS +CMGF +CSCA +CPMS +CMGD +CMGL +CMGR +CMGS +CMMS +CMGW "
		"+CMSS +CNMA +CNMI +CSCB +CSDH +CSMP +QCMGS +QCMGR"},
	{"packet domain", "+CGQREQ +CGQMIN +CGEQREQ +CGEQMIN +CGDATA +CGCLASS "
			  "+CGEREP +CGSMS +QGDCNT +QAUGDCNT +QNETDEVSTATUS "
			  "$QCRMCALL"},
	{"supplementary services", "+CCFC +CCWA +CHLD +CLIP +CLIR +COLP +CSSN "
				   "+CUSD"},
	{"audio", "+CLVL +CMUT +QAUDLOOP +VTS +VTD +QAUDMOD +QDAI +QEEC "
		  "+QSIDET +QMIC +QRXGAIN +QIIC +QTONEDET +QLDTMF +QWDTMF "
		  "+QLTONE +QAUDRD +QPSND +QTTS +QTTSETUP +QWTTS +QAUDCFG "
		  "+QAUDPLAY +QAUDPLAYGAIN +QAUDRDGAIN +QACDBLOAD +QACDBREAD "
		  "+QACDBDEL"},
	{"hardware", "+CBC +QADC +QTEMP +CMUX +QNVFR +QNVFW"},
	{"location", "+QLOCCFG +QCELLLOC"},
	{"GNSS", "+QGPSCFG +QGPSDEL +QGPS +QGPSEND +QGPSLOC +QGPSGNMEA "
		 "+QGPSXTRA +QGPSXTRATIME +QGPSXTRADATA +QGNSSC"},
	{"firmware update", "+QFOTADL"},
	{"FTP", "+QFTPCFG +QFTPOPEN +QFTPCWD +QFTPPWD +QFTPPUT +QFTPGET "
		"+QFTPSIZE +QFTPDEL +QFTPMKDIR +QFTPRMDIR +QFTPLIST "
		"+QFTPNLST +QFTPNLIST +QFTPMLSD +QFTPMDTM +QFTPRENAME +QFTPLEN "
		"+QFTPSTAT +QFTPCLOSE"},
	{"HTTP", "+QHTTPCFG +QHTTPURL +QHTTPGET +QHTTPGETEX +QHTTPPOST "
		 "+QHTTPPOSTFILE +QHTTPREAD +QHTTPREADFILE +QHTTPSTOP"},
	{"MMS", "+QMMSCFG +QMMSEDIT +QMMSEND"},
	{"SMTP", "+QSMTPCFG +QSMTPDST +QSMTPSUB +QSMTPBODY +QSMTPATT +QSMTPCLR "
		 "+QSMTPPUT"},
	/* as the AT manual has them; its application note has none of them */
	{"SSL", "+QSSLWRITE +QSSLREAD"},
	{"TCP/IP", "+QISENDEX +QISWTMD +QPING +QNTP +QIDNSCFG +QIDNSGIP "
		   "+QICFG +QISDE"},
	{"MQTT", "+QMTCFG +QMTOPEN +QMTCLOSE +QMTCONN +QMTDISC +QMTSUB +QMTUNS "
		 "+QMTPUB +QMTPUBEX +QMTRECV"},
	{NULL, NULL},
};

const struct cmd_manual *cmd_manual(void)
{
	return list;
}

bool cmd_manual_next(const char **names, char name[CMD_NAME_SIZE])
{
	size_t len;

	*names += strspn(*names, " ");
	len = strcspn(*names, " ");
	if (len == 0 || len >= CMD_NAME_SIZE)
		return false;
	memcpy(name, *names, len);
	name[len] = '\0';
	*names += len;
	return true;
}

bool cmd_manual_has(const char *name)
{
	char one[CMD_NAME_SIZE];

	for (const struct cmd_manual *m = list; m->topic != NULL; m++) {
		const char *names = m->names;

		while (cmd_manual_next(&names, one))
			if (strcmp(one, name) == 0)
				return true;
	}
	return false;
}
