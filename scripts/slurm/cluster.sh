#!/usr/bin/env bash
# A small Slurm on this machine, for tests: a controller and two nodes of two cores, everything in one folder.
#
#   cluster.sh start DIR       starts it (as root; Debian: apt-get install slurm-wlm munge) and prints the path of its
#                              slurm.conf, which SLURM_CONF has to name
#   cluster.sh kill-node DIR N kills node N (1 or 2) and all that runs on it, as a power cut would
#   cluster.sh stop DIR        ends it; the folder stays
set -euo pipefail

what=${1:?start, kill-node or stop}
dir=$(realpath -m "${2:?a folder}")
export SLURM_CONF="$dir/slurm.conf"

# A port that nothing listens on, and the three after it.
free_port() {
  for _ in $(seq 50); do
    local port=$((20000 + RANDOM % 10000)) used=0
    for p in $port $((port + 1)) $((port + 2)) $((port + 3)); do
      (: >"/dev/tcp/127.0.0.1/$p") 2>/dev/null && used=1
    done
    [ $used = 0 ] && echo "$port" && return
  done
  echo 'no free ports found' >&2
  return 1
}

start() {
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
  done
  mkdir -p "$dir/state"
  chmod 755 "$dir"
  local host port
  host=$(hostname -s)
  port=$(free_port)
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
  munged --force --num-threads=2 --key-file="$dir/munge.key" --socket="$dir/munge.sock" \
    --pid-file="$dir/munged.pid" --log-file="$dir/munged.log" --seed-file="$dir/munged.seed"
  # Timeouts are short, so that a dead node is noticed in seconds. Plug-ins are those that need no rights of a real node.
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$dir/munge.sock
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout=4
MessageTimeout=2
InactiveLimit=0
KillWait=2
MinJobAge=300
MaxArraySize=${MAX_ARRAY_SIZE:-1001}
SchedulerParameters=sched_interval=2,batch_sched_delay=0
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  slurmctld -c
  slurmd -N n1 -c
  slurmd -N n2 -c
  for _ in $(seq 100); do
    [ "$(sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | wc -l)" = 2 ] && echo "$SLURM_CONF" && return
    sleep 0.2
  done
  echo 'the nodes did not come up:' >&2
  tail -n 5 "$dir"/slurm*.log >&2
  stop
  exit 1
}

# The processes of node $1: those with its name in their environment, and the daemons that started them.
node_processes() {
  cat "$dir/slurmd-$1.pid" 2>/dev/null || true
  local pid parent
  { grep -lszxF "SLURMD_NODENAME=$1" /proc/[0-9]*/environ || true; } |
    { xargs -r grep -lszxF "SLURM_CONF=$SLURM_CONF" || true; } | while read -r pid; do
    pid=${pid//[!0-9]/}
    echo "$pid"
    parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
    if grep -qs '^slurmstepd' "/proc/$parent/comm"; then echo "$parent"; fi
  done
}

kill_node() {
  node_processes "n$1" | xargs -r kill -KILL 2>/dev/null || true
}

stop() {
  kill_node 1
  kill_node 2
  for daemon in slurmctld munged; do
    if [ -f "$dir/$daemon.pid" ]; then
      local pid
      pid=$(cat "$dir/$daemon.pid")
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 50); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done
}

case $what in
  start) start ;;
  kill-node) kill_node "${3:?1 or 2}" ;;
  stop) stop ;;
  *) echo "unknown: $what" >&2 && exit 2 ;;
esac
