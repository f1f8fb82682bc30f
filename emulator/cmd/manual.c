#include "cmd/ctx.h"

#include <string.h>

/*
 * All commands of the EC2x AT manuals V2.0 and V2.2, by chapter, and of their
 * application notes as far as they are known. One that a family has a row for
 * counts as modelled: docgen and the look-up ask the rows first; so no command
 * of the manuals can be in neither list. man [AT §1]
 */
static const struct cmd_manual list[] = {
	{"general",
		"I +GMI +GMM +GMR +CGMI +CGMM +CGMR +GSN +CGSN &F &V &W Z Q V "
		"E S X +CFUN +CMEE +CSCS +QURCCFG +QAPRDYIND +QDIAGPORT"},
	{"serial interface", "&C &D +IFC +ICF +IPR +QRIR"},
	{"status", "+CPAS +CEER +QINDCFG +QMBNCFG"},
	{"SIM", "+CIMI +CLCK +CPIN +CPWD +CSIM +CRSM +QCCID +QPINC +QINISTAT "
		"+QSIMDET +QSIMSTAT +QDSIM +QSIMVOL +CCHO +CGLA +CCHC"},
	{"network",
		"+COPS +CREG +CSQ +QCSQ +CPOL +COPN +CTZU +CTZR +QLTS "
		"+QNWINFO +QSPN +QNETINFO +QNWLOCK +QOPSCFG +QOPS +QFPLMNCFG "
		"+QENG +CIND"},
	{"calls", "A D H O +CVHU +CHUP +CBST +CSTA +CLCC +CR +CRC +CRLP "
		  "+QECCNUM +QHUP +QCHLDIPMPTY ^DSCI"},
	{"phone book", "+CNUM +CPBF +CPBR +CPBS +CPBW"},
	{"SMS", "+CSMS +CMGF +CSCA +CPMS +CMGD +CMGL +CMGR +CMGS +CMMS +CMGW "
		"+CMSS +CNMA +CNMI +CSCB +CSDH +CSMP +QCMGS +QCMGR"},
	{"packet domain",
		"+CGATT +CGDCONT +CGQREQ +CGQMIN +CGEQREQ +CGEQMIN +CGACT "
		"+CGDATA +CGPADDR +CGCLASS +CGREG +CGEREP +CGSMS +CEREG "
		"+QGDCNT +QAUGDCNT $QCRMCALL +QNETDEVSTATUS +CGCONTRDP"},
	{"supplementary services",
		"+CCFC +CCWA +CHLD +CLIP +CLIR +COLP +CSSN +CUSD"},
	{"audio",
		"+CLVL +CMUT +QAUDLOOP +VTS +VTD +QAUDMOD +QDAI +QEEC +QSIDET "
		"+QMIC +QRXGAIN +QIIC +QTONEDET +QLDTMF +QWDTMF +QLTONE "
		"+QAUDRD +QPSND +QTTS +QTTSETUP +QWTTS +QAUDCFG +QAUDPLAY "
		"+QAUDPLAYGAIN +QAUDRDGAIN +QACDBLOAD +QACDBREAD +QACDBDEL"},
	{"hardware",
		"+QPOWD +CCLK +CBC +QADC +QSCLK +QTEMP +CMUX +QNVFR +QNVFW"},
	{"location", "+QLOCCFG +QCELLLOC"},
	{"GNSS", "+QGPSCFG +QGPSDEL +QGPS +QGPSEND +QGPSLOC +QGPSGNMEA "
		 "+QGPSXTRA +QGPSXTRATIME +QGPSXTRADATA +QGNSSC"},
	{"firmware update", "+QFOTADL"},
	{"FTP", "+QFTPCFG +QFTPOPEN +QFTPCWD +QFTPPWD +QFTPPUT +QFTPGET "
		"+QFTPSIZE +QFTPDEL +QFTPMKDIR +QFTPRMDIR +QFTPLIST +QFTPNLST "
		"+QFTPNLIST +QFTPMLSD +QFTPMDTM +QFTPRENAME +QFTPLEN "
		"+QFTPSTAT +QFTPCLOSE"},
	{"HTTP", "+QHTTPCFG +QHTTPURL +QHTTPGET +QHTTPGETEX +QHTTPPOST "
		 "+QHTTPPOSTFILE +QHTTPREAD +QHTTPREADFILE +QHTTPSTOP"},
	{"MMS", "+QMMSCFG +QMMSEDIT +QMMSEND"},
	{"SMTP", "+QSMTPCFG +QSMTPDST +QSMTPSUB +QSMTPBODY +QSMTPATT +QSMTPCLR "
		 "+QSMTPPUT"},
	{"TCP/IP", "+QICSGP +QIACT +QIDEACT +QIOPEN +QICLOSE +QISTATE +QISEND "
		   "+QIRD +QISENDEX +QISWTMD +QPING +QNTP +QIDNSCFG +QIDNSGIP "
		   "+QICFG +QISDE +QIGETERROR"},
	/* as the AT manual names them; the application note has +QSSLSEND and
	 * +QSSLRECV */
	{"SSL", "+QSSLCFG +QSSLOPEN +QSSLCLOSE +QSSLWRITE +QSSLREAD "
		"+QSSLSTATE"},
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
