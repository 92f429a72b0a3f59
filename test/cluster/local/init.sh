#!/bin/bash
# The first process of the cluster's private namespaces (net, pid, mount, uts, ipc): when it ends, the kernel
# ends everything else in them. Arguments: the run folder, and a folder of files to show as kernel settings.
set -e
run=$1 settings=$2
hostname node-1
# /run apart, so that sockets, locks and network namespaces of the host and of this node never meet.
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock
# The kubelet sets these for the whole machine unless they already read as it wants: so let them read so.
(cd "$settings" && find . -type f) | while read -r setting; do
  [ ! -e "/proc/sys/$setting" ] || mount --bind "$settings/$setting" "/proc/sys/$setting"
done
mount --make-rshared /
ip link set lo up
ip link add dbop0 type bridge
ip addr add "$NODE_ADDRESS/16" dev dbop0
ip link set dbop0 up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
touch "$run/node-ready"
# bash, not sleep itself, as the first process: it reaps what orphans leave.
while :; do
  sleep infinity &
  wait $!
done
