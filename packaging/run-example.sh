#!/usr/bin/env bash
# Starts the daemon on jobs.example.yaml and the reference agent beside it; Ctrl-C ends both. State is kept in out/run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

binary=${QSCHEDD_BINARY:-out/qschedd}
config=${1:-jobs.example.yaml}
host=127.0.0.1
port=8080
agent_address=127.0.0.1:20070
export STATE_DIRECTORY=$PWD/out/run
umask 022
mkdir -p "$STATE_DIRECTORY"
# The daemon refuses files of other users, as a checkout mounted into a container is full of them: there it runs on a copy.
if [[ ! -O $config || ! -O . || -n $(find . "$config" -maxdepth 0 -perm -o+w) ]]; then
  rm -f "$STATE_DIRECTORY/jobs.yaml"
  cp "$config" "$STATE_DIRECTORY/jobs.yaml"
  config=$STATE_DIRECTORY/jobs.yaml
fi

random_token() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }
export DEMO_TOKEN=${DEMO_TOKEN:-$(random_token)}
export QSCHEDD_ADMIN_TOKEN=${QSCHEDD_ADMIN_TOKEN:-$(random_token)}

daemon='' agent=''
end_agent() {
  [[ -n $agent ]] || return 0
  kill -TERM "$agent" 2> /dev/null || true
  wait "$agent" 2> /dev/null || true
}
# The daemon drains and stops; this script ends when it has.
forward() { [[ -z $daemon ]] || kill "-$1" "$daemon" 2> /dev/null || true; }
trap end_agent EXIT
trap 'forward TERM' INT TERM
trap 'forward HUP' HUP

"$binary" run -c "$config" &
daemon=$!

listens() { (exec 3<> "/dev/tcp/$host/$port") 2> /dev/null; }
for _ in {1..100}; do
  kill -0 "$daemon" 2> /dev/null || break
  listens && break
  sleep 0.1
done

if kill -0 "$daemon" 2> /dev/null; then
  QSCHEDD_TOKEN=$DEMO_TOKEN "$binary" agent --listen "$agent_address" --server "http://$host:$port" --app qschedule.demo \
    --commands packaging/example-agent.yaml &
  agent=$!
  cat << EOT

The daemon is at http://$host:$port, its state in out/run. Try, from another terminal:

  curl 'http://$host:$port/api/jobs/qschedule.demo.local.do?token=$DEMO_TOKEN'
  curl -d '{"job":"qschedule.demo.manual","token":"$DEMO_TOKEN","param":{"city":"paris"}}' http://$host:$port/api/tasks.do

EOT
fi

# A signal ends the wait before the daemon has ended: wait again.
while true; do
  status=0
  wait "$daemon" || status=$?
  kill -0 "$daemon" 2> /dev/null || break
done
# The daemon may have ended in the moment between: then the status above is the signal's, and this is the daemon's own.
if ((status > 128)); then
  own=0
  wait "$daemon" 2> /dev/null || own=$?
  ((own == 127)) || status=$own
fi
exit "$status"
