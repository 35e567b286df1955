/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended acknowledgements, which libnl leaves to its users. */
#ifndef IOASIDCTL_EXTACK_H
#define IOASIDCTL_EXTACK_H

#include <linux/netlink.h>

#include "fail.h"

/*
 * Decode the TLVs of @answer, an NLMSG_ERROR or the NLMSG_DONE of a failed
 * dump. @request is the message as it was sent: an offset in the answer is
 * looked up in it. @cmd says whose attributes these are.
 */
void extack_decode(const struct nlmsghdr *answer,
		   const struct nlmsghdr *request, int cmd,
		   struct extack *ack);

#endif
