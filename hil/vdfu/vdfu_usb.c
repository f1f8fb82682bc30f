#include "hil/vdfu/vdfu_usb.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/usbdevice_fs.h>

#include <umockdev.h>

#include "hil/vdfu/vdfu_desc.h"

/* Transfers that a host has under way; libusb has one at a time. */
#define MAX_URBS 16

#define BUS_DEVICES 126
#define OLD_PLUGS   4

struct vdfu_usb {
	UMockdevTestbed *bed;
	char *dir;
	pthread_mutex_t mutex;
	unsigned last_device; /* number on the bus, new for each plugging in */
	bool used[BUS_DEVICES];
};

struct urb {
	UMockdevIoctlClient *client; /* whose; not held */
	UMockdevIoctlData *data;     /* held */
	bool done;		     /* may be reaped */
};

/*
 * One plugging in. It outlives its end on the bus, so that what was submitted
 * can still be reaped, as with a kernel. Who has it open still is not known:
 * those of the last pluggings are kept.
 */
struct plug {
	struct vdfu_port *port;
	struct plug *next; /* older */
	UMockdevIoctlBase *handler;
	char node[48];
	unsigned device; /* index of usb->used */
	bool gone;
	struct urb urbs[MAX_URBS];
	size_t n_urbs;
};

struct vdfu_port {
	struct vdfu_usb *usb;
	struct vdfu_core *core;
	void (*left)(void *arg);
	void *arg;
	char path[32];
	struct plug *plugs; /* the newest first */
};

struct vdfu_usb *vdfu_usb_new(char *why, size_t why_size)
{
	struct vdfu_usb *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	u->bed = umockdev_testbed_new();
	u->dir = umockdev_testbed_get_root_dir(u->bed);
	pthread_mutex_init(&u->mutex, NULL);
	return u;
}

void vdfu_usb_free(struct vdfu_usb *u)
{
	if (u == NULL)
		return;
	g_object_unref(u->bed);
	g_free(u->dir);
	pthread_mutex_destroy(&u->mutex);
	free(u);
}

const char *vdfu_usb_dir(const struct vdfu_usb *u)
{
	return u->dir;
}

void vdfu_usb_lock(struct vdfu_usb *u)
{
	pthread_mutex_lock(&u->mutex);
}

void vdfu_usb_unlock(struct vdfu_usb *u)
{
	pthread_mutex_unlock(&u->mutex);
}

/* ---- transfers ---- */

static void remove_urb(struct plug *p, size_t i)
{
	g_object_unref(p->urbs[i].data);
	p->n_urbs--;
	memmove(&p->urbs[i], &p->urbs[i + 1],
		(p->n_urbs - i) * sizeof(*p->urbs));
}

/* The setup packet stands in front of the data, little-endian. */
static void run_urb(struct vdfu_port *p, struct urb *u, uint8_t *buffer)
{
	struct usbdevfs_urb *urb = (void *)u->data->data;
	const struct vdfu_setup setup = {
		.type = buffer[0],
		.request = buffer[1],
		.value = (uint16_t)(buffer[2] | buffer[3] << 8),
		.index = (uint16_t)(buffer[4] | buffer[5] << 8),
		.length = (uint16_t)(buffer[6] | buffer[7] << 8),
	};
	int n = VDFU_STALL;

	if (setup.length <= urb->buffer_length - 8)
		n = vdfu_core_control(p->core, &setup, buffer + 8);
	u->done = n != VDFU_HANG;
	urb->actual_length = n > 0 ? n : 0;
	urb->status = n == VDFU_STALL  ? -EPIPE
		      : n == VDFU_GONE ? -ESHUTDOWN
				       : 0;
	if (p->core->left)
		p->left(p->arg);
}

/* 0 or an errno. */
static int submit(
	struct plug *p, UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *data, *buffer = NULL;
	struct usbdevfs_urb *urb;
	int err = EINVAL;

	if (p->gone || p->port->core->left)
		return ENODEV;
	data = umockdev_ioctl_data_resolve(
		arg, 0, sizeof(struct usbdevfs_urb), NULL);
	if (data == NULL)
		return EFAULT;
	urb = (void *)data->data;
	if (urb->type == USBDEVFS_URB_TYPE_CONTROL && urb->endpoint == 0 &&
		urb->buffer_length >= 8 && p->n_urbs < MAX_URBS)
		buffer = umockdev_ioctl_data_resolve(data,
			offsetof(struct usbdevfs_urb, buffer),
			(gsize)urb->buffer_length, NULL);
	if (buffer != NULL) {
		struct urb *u = &p->urbs[p->n_urbs++];

		*u = (struct urb){client, g_object_ref(data), false};
		run_urb(p->port, u, buffer->data);
		g_object_unref(buffer);
		err = 0;
	}
	g_object_unref(data);
	return err;
}

/* A host that is gone still gets back what it had submitted. */
static int reap(
	struct plug *p, UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
	for (size_t i = 0; i < p->n_urbs; i++) {
		UMockdevIoctlData *pointer;

		if (p->urbs[i].client != client || !p->urbs[i].done)
			continue;
		pointer = umockdev_ioctl_data_resolve(
			arg, 0, sizeof(void *), NULL);
		if (pointer == NULL)
			return EFAULT;
		umockdev_ioctl_data_set_ptr(pointer, 0, p->urbs[i].data);
		g_object_unref(pointer);
		remove_urb(p, i);
		return 0;
	}
	return EAGAIN;
}

static int discard(struct plug *p, UMockdevIoctlData *arg)
{
	gulong address;

	memcpy(&address, arg->data, sizeof(address));
	for (size_t i = 0; i < p->n_urbs; i++) {
		struct usbdevfs_urb *urb = (void *)p->urbs[i].data->data;

		if (p->urbs[i].data->client_addr != address)
			continue;
		p->urbs[i].done = true;
		urb->status = -ENOENT;
		return 0;
	}
	return EINVAL;
}

static gboolean on_ioctl(
	UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer arg)
{
	UMockdevIoctlData *data = umockdev_ioctl_client_get_arg(client);
	struct plug *p = arg;
	int err;

	(void)base;
	vdfu_usb_lock(p->port->usb);
	switch (umockdev_ioctl_client_get_request(client)) {
	case USBDEVFS_SUBMITURB:
		err = submit(p, client, data);
		break;
	case USBDEVFS_REAPURB:
	case USBDEVFS_REAPURBNDELAY:
		err = reap(p, client, data);
		break;
	case USBDEVFS_DISCARDURB:
		err = discard(p, data);
		break;
	case USBDEVFS_GET_CAPABILITIES: {
		UMockdevIoctlData *word = umockdev_ioctl_data_resolve(
			data, 0, sizeof(guint32), NULL);
		static const guint32 none;

		err = word != NULL ? 0 : EFAULT;
		if (word != NULL) {
			memcpy(word->data, &none, sizeof(none));
			g_object_unref(word);
		}
		break;
	}
	case USBDEVFS_CLAIMINTERFACE:
	case USBDEVFS_RELEASEINTERFACE:
	case USBDEVFS_SETINTERFACE:
	case USBDEVFS_CLEAR_HALT:
	case USBDEVFS_RESET:
		err = p->gone || p->port->core->left ? ENODEV : 0;
		break;
	case USBDEVFS_GETDRIVER:
	case USBDEVFS_IOCTL:
		err = ENODATA;
		break;
	default:
		err = ENOTTY;
		break;
	}
	vdfu_usb_unlock(p->port->usb);
	umockdev_ioctl_client_complete(client, err != 0 ? -1 : 0, err);
	return TRUE;
}

/* What 0.17.16 of umockdev never says; others may. */
static void on_vanished(
	UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer arg)
{
	struct plug *p = arg;

	(void)base;
	vdfu_usb_lock(p->port->usb);
	for (size_t i = p->n_urbs; i-- > 0;)
		if (p->urbs[i].client == client)
			remove_urb(p, i);
	vdfu_usb_unlock(p->port->usb);
}

/* ---- the bus ---- */

struct vdfu_port *vdfu_port_new(struct vdfu_usb *usb, const char *path,
	struct vdfu_core *core, void (*left)(void *arg), void *arg)
{
	struct vdfu_port *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->usb = usb;
	p->core = core;
	p->left = left;
	p->arg = arg;
	snprintf(p->path, sizeof(p->path), "%s", path);
	return p;
}

/* The next number that is free: an old plug has its own until it goes. */
static bool take_number(struct plug *p)
{
	struct vdfu_usb *usb = p->port->usb;

	for (unsigned i = 0; i < BUS_DEVICES; i++) {
		p->device = usb->last_device++ % BUS_DEVICES;
		if (!usb->used[p->device]) {
			usb->used[p->device] = true;
			return true;
		}
	}
	return false;
}

static void free_plug(struct plug *p)
{
	p->port->usb->used[p->device] = false;
	umockdev_testbed_detach_ioctl(p->port->usb->bed, p->node, NULL);
	g_signal_handlers_disconnect_by_data(p->handler, p);
	g_object_unref(p->handler);
	while (p->n_urbs > 0)
		remove_urb(p, p->n_urbs - 1);
	free(p);
}

/* All that are gone but the newest `keep` of them. */
static void free_old(struct vdfu_port *port, unsigned keep)
{
	struct plug **at = &port->plugs, *p;

	while ((p = *at) != NULL) {
		if (!p->gone || keep > 0) {
			keep -= p->gone;
			at = &p->next;
			continue;
		}
		*at = p->next;
		free_plug(p);
	}
}

void vdfu_port_free(struct vdfu_port *p)
{
	if (p == NULL)
		return;
	vdfu_port_unplug(p);
	free_old(p, 0);
	free(p);
}

bool vdfu_port_plugged(const struct vdfu_port *p)
{
	return p->plugs != NULL && !p->plugs->gone;
}

/* The entry of sysfs. */
static void describe(
	const struct vdfu_port *p, unsigned device, char *text, size_t size)
{
	size_t n;

	n = (size_t)snprintf(text, size,
		"P: /devices/usb1/%s\nN: bus/usb/001/%03u\n"
		"E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: BUSNUM=001\n"
		"E: DEVNUM=%03u\nE: DEVNAME=/dev/bus/usb/001/%03u\n"
		"E: MAJOR=189\nE: MINOR=%u\n"
		"A: busnum=1\\n\nA: devnum=%u\\n\n"
		"A: bConfigurationValue=1\\n\nA: speed=12\\n\n"
		"A: idVendor=0483\\n\nA: idProduct=df11\\n\nH: descriptors=",
		p->path, device, device, device, device - 1, device);
	for (size_t i = 0; i < vdfu_desc_len && n + 4 < size; i++)
		n += (size_t)snprintf(
			text + n, size - n, "%02X", vdfu_desc_bytes[i]);
	snprintf(text + n, size - n, "\n\n");
}

bool vdfu_port_plug(struct vdfu_port *port, char *why, size_t why_size)
{
	GError *error = NULL;
	char text[2048];
	unsigned device;
	struct plug *p;

	if (vdfu_port_plugged(port))
		return true;
	free_old(port, OLD_PLUGS);
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		snprintf(why, why_size, "out of memory");
		return false;
	}
	p->port = port;
	if (!take_number(p)) {
		snprintf(why, why_size,
			"the bus has no number left: start it anew");
		free(p);
		return false;
	}
	device = p->device + 2;
	snprintf(p->node, sizeof(p->node), "/dev/bus/usb/001/%03u", device);
	describe(port, device, text, sizeof(text));
	p->handler = umockdev_ioctl_base_new();
	g_signal_connect(p->handler, "handle-ioctl", G_CALLBACK(on_ioctl), p);
	g_signal_connect(
		p->handler, "client-vanished", G_CALLBACK(on_vanished), p);
	/* The handler first: libusb opens what it sees at once. */
	if (umockdev_testbed_attach_ioctl(
		    port->usb->bed, p->node, p->handler, &error) &&
		umockdev_testbed_add_from_string(
			port->usb->bed, text, &error)) {
		p->next = port->plugs;
		port->plugs = p;
		return true;
	}
	snprintf(why, why_size, "cannot put a board on the bus: %s",
		error != NULL ? error->message : "no reason given");
	g_clear_error(&error);
	free_plug(p);
	return false;
}

void vdfu_port_unplug(struct vdfu_port *port)
{
	char path[64];

	if (!vdfu_port_plugged(port))
		return;
	vdfu_usb_lock(port->usb);
	port->plugs->gone = true;
	vdfu_usb_unlock(port->usb);
	snprintf(path, sizeof(path), "/sys/devices/usb1/%s", port->path);
	umockdev_testbed_uevent(port->usb->bed, path, "remove");
	umockdev_testbed_remove_device(port->usb->bed, path);
}
