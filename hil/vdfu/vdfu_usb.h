#ifndef EC21_HIL_VDFU_USB_H
#define EC21_HIL_VDFU_USB_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/vdfu/vdfu_core.h"

/*
 * A USB bus that programs see which were started with libumockdev-preload and
 * our UMOCKDEV_DIR: the front of boot loaders on umockdev. Transfers are
 * served on umockdev's own threads; vdfu_usb_lock() keeps them off the cores.
 */
struct vdfu_usb;
struct vdfu_port;

/* NULL with a sentence in `why`. */
struct vdfu_usb *vdfu_usb_new(char *why, size_t why_size);
/* Ports first. Harmless on NULL. Removes the folder of the test bed. */
void vdfu_usb_free(struct vdfu_usb *);
/* What UMOCKDEV_DIR is to be for a program on this bus. */
const char *vdfu_usb_dir(const struct vdfu_usb *);

void vdfu_usb_lock(struct vdfu_usb *);
void vdfu_usb_unlock(struct vdfu_usb *);

/*
 * A socket of the bus, empty. path: as in sysfs, `1-1` or `1-1.4`. left: the
 * core left the bus by itself; called on another thread, with the lock held:
 * only wake the main one. core outlives the port. NULL without memory.
 */
struct vdfu_port *vdfu_port_new(struct vdfu_usb *, const char *path,
	struct vdfu_core *core, void (*left)(void *arg), void *arg);
/* Harmless on NULL; takes the device off first. */
void vdfu_port_free(struct vdfu_port *);
/* Without the lock, from the main thread. Plugging in twice does nothing. */
bool vdfu_port_plug(struct vdfu_port *, char *why, size_t why_size);
void vdfu_port_unplug(struct vdfu_port *);
bool vdfu_port_plugged(const struct vdfu_port *);

#endif
