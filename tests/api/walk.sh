#!/usr/bin/env bash
# Walks every operation of the API's description with curl alone:
#
#   tests/api/walk.sh docs/api/registry.yaml https://127.0.0.1:7443 NUMBER STATION.curl PORTAL.curl STATEMENT APPROVALS.json
#
# NUMBER is an adult without an active card. The .curl files are configuration for curl -K (cert, key, pass, cacert), so
# that no password stands on a command line: of an issuing station, and of a public-service portal. STATEMENT is a
# confirming officer's about NUMBER; APPROVALS.json the body of recordApprovals for an order about NUMBER.
set -euo pipefail
[ $# = 7 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
spec=$1 url=$2 number=$3 station=$4 portal=$5 statement=$6 approvals=$7 as=$station

# get PATH, post PATH BODY: the answer's body; ends the walk unless the status is 200.
ask() {
  local answer
  answer=$(curl --silent --show-error -K "$as" --max-time 30 --write-out '\n%{http_code}' "$@")
  [ "${answer##*$'\n'}" = 200 ] || { echo "$operation: $answer" >&2; exit 1; }
  printf '%s' "${answer%$'\n'*}"
}
get() { ask "$url$1"; }
post() { ask -H 'Content-Type: application/json' --data "$2" "$url$1"; }
# holds TEXT: what the last answer must hold.
holds() { [[ $said == *"$1"* ]] || { echo "$operation: no $1 in $said" >&2; exit 1; }; }

person=/v1/persons/$number chip=C0DE00000000000A
count=0
while read -r operation; do
  as=$station
  case $operation in
    readHealth) said=$(get /v1/health); holds '"serving"' ;;
    findPersons)
      said=$(post /v1/persons '{"purpose":"issuance","expressions":[{"attribute":"full_name","operator":"contains","value":"nguyen"}],"attributes":["full_name"]}')
      holds '"persons":[{' ;;
    readPerson) said=$(get "$person?purpose=issuance&attributes=full_name,birth"); holds '"full_name"' ;;
    matchPerson) said=$(post "$person/match" '{"purpose":"issuance","attributes":{"birth":"1900-01-01"}}'); holds '"matches":false' ;;
    verifyPerson)
      said=$(post "$person/verify" '{"purpose":"issuance","predicates":[{"attribute":"age","operator":">=","value":14}]}')
      holds '"verified":true' ;;
    readIdentities) said=$(get "$person/identities?purpose=issuance"); holds '"former_numbers"' ;;
    readStatus) said=$(get "$person/status?purpose=issuance"); holds '"version"' ;;
    readHistory) said=$(get "$person/history?purpose=issuance"); holds '"events"' ;;
    readAccesses) as=$portal; said=$(get "$person/accesses?purpose=citizen-request"); holds '"citizen-request"' ;;
    giveAnswer) said=$(post /v1/answers "{\"purpose\":\"issuance\",\"number\":\"$number\",\"case\":\"CURL-1\"}"); holds '"answer":"ey' ;;
    openCase) said=$(post /v1/cases "{\"purpose\":\"issuance\",\"number\":\"$number\",\"case\":\"CURL-1\"}"); holds '"done":true' ;;
    closeCase) said=$(post /v1/cases/CURL-1/close "{\"purpose\":\"issuance\",\"number\":\"$number\"}"); holds '"done":true' ;;
    recordCard)
      said=$(post /v1/cards "{\"purpose\":\"issuance\",\"number\":\"$number\",\"chip\":\"$chip\",\"case\":\"CURL-1\",\"issued\":\"2026-11-01\",\"status\":\"active\"}")
      holds '"done":true' ;;
    setCardStatus) said=$(post "/v1/cards/$chip/status" "{\"purpose\":\"issuance\",\"number\":\"$number\",\"status\":\"lost\"}"); holds '"done":true' ;;
    recordApprovals) said=$(post /v1/approvals "@$approvals"); holds '"done":true' ;;
    requestCorrection)
      said=$(post /v1/corrections "{\"purpose\":\"issuance\",\"number\":\"$number\",\"case\":\"CURL-1\",\"field\":\"full_name\",\"value\":\"Nguyễn Văn Cu\",\"asked_by\":\"P-0001\"}")
      holds '"done":true' ;;
    addAttestation)
      said=$(post /v1/attestations "{\"purpose\":\"issuance\",\"number\":\"$number\",\"statement\":\"$statement\"}")
      holds '"done":true' ;;
    *) echo "$operation: this walk does not know it" >&2; exit 1 ;;
  esac
  echo "$operation"
  count=$((count + 1))
done < <(sed -n 's/^ *operationId: *//p' "$spec")
echo "$count operations"
