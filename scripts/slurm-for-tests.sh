#!/usr/bin/env bash
# A Slurm of one node on this machine, for tests: Debian's slurm-wlm and munge with their own configuration, sockets and ports in
# FOLDER, so that nothing of the system's is touched.
#
#   scripts/slurm-for-tests.sh start FOLDER    # then SLURM_CONF=FOLDER/slurm.conf sbatch …
#   scripts/slurm-for-tests.sh stop FOLDER
set -euo pipefail
what=${1:?start or stop}
folder=$(realpath -m "${2:?the folder}")

stop() {
  for name in slurmd slurmctld munged; do
    [ -s "$folder/$name.pid" ] || continue
    pid=$(cat "$folder/$name.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
}

[ "$what" = start ] || { stop; exit 0; }

for program in munged slurmctld slurmd sbatch; do
  command -v "$program" >/dev/null || { echo "missing $program: apt-get install -y --no-install-recommends slurm-wlm munge" >&2; exit 3; }
done
mkdir -p "$folder"/{munge,state,spool,log}
chmod 0700 "$folder/munge"
chmod 0755 "$folder"
head -c 1024 /dev/urandom >"$folder/munge/key"
chmod 0600 "$folder/munge/key"
socket=$folder/munge.socket
munged --force --socket="$socket" --key-file="$folder/munge/key" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"

cpus=$(nproc)
megabytes=$(awk '/MemTotal/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
port=$((20000 + RANDOM % 20000))
cat >"$folder/slurm.conf" <<CONF
ClusterName=tests
SlurmctldHost=$(hostname -s)(127.0.0.1)
# a requeued task waits until its old credential has expired: by itself two minutes
AuthInfo=socket=$socket,cred_expire=10
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=1
MinJobAge=300
KillWait=5
ReturnToService=2
JobRequeue=1
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$megabytes State=UNKNOWN
PartitionName=tests Nodes=$(hostname -s) Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
export SLURM_CONF=$folder/slurm.conf
slurmctld -f "$SLURM_CONF" || { stop; exit 1; }
slurmd -f "$SLURM_CONF" || { stop; exit 1; }
for _ in $(seq 200); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && exit 0
  sleep 0.2
done
echo "the node did not become idle; the logs are in $folder/log" >&2
tail -5 "$folder"/log/* >&2 || true
stop
exit 1
