# sources of hil
