// SPDX-License-Identifier: GPL-2.0-only
/*
 * What belongs to a socket of user space ends with it: the gate of a drain opens,
 * the IDs of a hold are freed. However it was closed, kill -9 included, netlink
 * tells of it in the context of the last close.
 */
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "core.h"

void ioasid_socket_get(struct ioasid_socket *to,
		       const struct ioasid_socket *from)
{
	sock_hold(from->sk);
	to->portid = from->portid;
	WRITE_ONCE(to->sk, from->sk);
}

void ioasid_socket_put(struct ioasid_socket *socket)
{
	sock_put(socket->sk);
	WRITE_ONCE(socket->sk, NULL);
}

/* Is it the socket with this address that was just closed? */
static bool ioasid_socket_closed(const struct ioasid_socket *socket, u32 portid)
{
	return socket->sk && socket->portid == portid &&
	       sock_flag(socket->sk, SOCK_DEAD);
}

/* Holds by the address of their socket; table lock. */
static DEFINE_HASHTABLE(ioasid_holds, 10);

/* From here on the IDs of @req go with the socket. */
void ioasid_hold(struct ioasid_request *req, const struct ioasid_socket *owner)
{
	ioasid_assert_locked();
	ioasid_socket_get(&req->owner, owner);
	WRITE_ONCE(req->hold, true);
	hash_add(ioasid_holds, &req->node, owner->portid);
}

/*
 * They do not any more. Not the last reference to the socket: as long as it is
 * noted here netlink still has to tell of its end.
 */
void ioasid_unhold(struct ioasid_request *req)
{
	ioasid_assert_locked();
	if (!req->owner.sk)
		return;
	hash_del(&req->node);
	ioasid_socket_put(&req->owner);
}

/* A hold of the closed socket; NULL if there is none. */
static struct ioasid_request *ioasid_hold_find(u32 portid)
{
	struct ioasid_request *req;

	ioasid_assert_locked();
	hash_for_each_possible(ioasid_holds, req, node, portid)
		if (ioasid_socket_closed(&req->owner, portid))
			return req;
	return NULL;
}

/*
 * Free the IDs of its holds. What is referenced by a driver is pending from here
 * on, and what a backend takes back is left to the workqueue. The request goes
 * with the last of its IDs, which nobody else can free meanwhile.
 */
static void ioasid_holds_release(u32 portid)
{
	struct ioasid_match match = {};
	struct ioasid_request *req;
	ioasid_t first, last;
	unsigned long flags;

	mutex_lock(&ioasid_request_mutex);
	for (;;) {
		ioasid_lock(flags);
		req = ioasid_hold_find(portid);
		if (req) {
			ioasid_unhold(req);
			match.request = req->number;
			first = req->first;
			last = req->last;
		}
		ioasid_unlock(flags);
		if (!req)
			break;
		ioasid_sweep(first, last, &match, NULL, NULL);
	}
	mutex_unlock(&ioasid_request_mutex);
}

static int ioasid_netlink_event(struct notifier_block *nb, unsigned long event,
				void *data)
{
	const struct netlink_notify *notify = data;
	unsigned long flags;
	bool holds;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net))
		return NOTIFY_DONE;
	ioasid_lock(flags);
	if (ioasid_socket_closed(&ioasid_core.drain.owner, notify->portid))
		ioasid_drain_end();
	/* Who has none does not wait for others' requests. */
	holds = ioasid_hold_find(notify->portid);
	ioasid_unlock(flags);
	if (holds)
		ioasid_holds_release(notify->portid);
	return NOTIFY_OK;
}

static struct notifier_block ioasid_netlink_nb = {
	.notifier_call = ioasid_netlink_event,
};

int ioasid_sockets_init(void)
{
	return netlink_register_notifier(&ioasid_netlink_nb);
}

void ioasid_sockets_exit(void)
{
	netlink_unregister_notifier(&ioasid_netlink_nb);
}
