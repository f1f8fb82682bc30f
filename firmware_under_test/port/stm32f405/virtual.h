#ifndef WIOFW_VIRTUAL_H
#define WIOFW_VIRTUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The virtual board: QEMU's netduinoplus2 with a configuration in the last
 * sector of the flash (made by firmware_under_test/mkvirtual.sh):
 *
 *   0x080E0000  16 bytes "ec21-virtual-1\n\0"
 *   0x080E0010  seed length in bytes, 32 bits, little-endian
 *   0x080E0014  random bytes of the host
 *
 * Virtual means: these bytes are there and RCC_CR was 0 at reset, which a
 * chip that runs never has. Nothing below is used otherwise: a seed that
 * somebody leaves in a board's flash is no randomness.
 */
bool virtual_detect(uint32_t rcc_cr);

/*
 * The next len bytes of the seed; none is given twice, not even after a
 * reset. A machine that is started anew begins at its start: it is to have
 * another seed. 0, or -1 when it is used up.
 */
int virtual_entropy(uint8_t *buf, size_t len);
/* Bytes that are left of it. */
uint32_t virtual_entropy_left(void);

/*
 * The wires, on UART7: a byte for each edge of the modem's lines, upper case
 * high, lower case low: K PWRKEY, R RESET_N, D DTR, V supply; B: gone to the
 * boot loader. `?` asks for the level of STATUS, which comes back as S or s.
 */
void virtual_wires_init(uint32_t apb);
void virtual_wires_send(char edge);
/* 'S', 's', or 0 when nothing was heard yet. */
char virtual_wires_status(void);

#endif
