#!/bin/sh
# What the installed package starts. A core file would hold this node's keys, and Node cannot switch them off itself;
# where the system does not let a shell do it either, `waybill doctor` warns.
ulimit -c 0 || :
exec node "$(dirname "$(readlink -f "$0")")/waybill.js" "$@"
