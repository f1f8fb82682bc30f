#ifndef WIOFW_FAULT_H
#define WIOFW_FAULT_H

/*
 * Vector of every fault and of every interrupt that nobody asked for: reports
 * the registers on the console, by itself, then resets. Needs neither a sound
 * stack nor interrupts.
 */
void fault_entry(void);

#endif
