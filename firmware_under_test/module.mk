# sources of firmware_under_test
