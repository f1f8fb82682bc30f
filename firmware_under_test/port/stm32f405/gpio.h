#ifndef WIOFW_GPIO_H
#define WIOFW_GPIO_H

#include <stdbool.h>

#include "board.h"

/* Every pin of the Wio LTE into its state, modem off, LEDs dark. */
void gpio_init(void);
/* One of the modem's lines, at the MCU pin. */
void gpio_set(enum board_pin pin, bool high);
/* STATUS as the pin has it; high is off. */
bool gpio_status_high(void);

#endif
