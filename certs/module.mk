# sources of certs
