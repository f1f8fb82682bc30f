# ec21certs is one file once built: script, version and openssl.cnf.
DEFAULT += $(B)/ec21certs

$(B)/ec21certs: certs/ec21certs.sh certs/openssl.cnf config.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D) && sed -e 's/@VERSION@/$(VERSION)/' \
		-e '/^@CNF@$$/{r certs/openssl.cnf' -e 'd' -e '}' \
		certs/ec21certs.sh >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@
