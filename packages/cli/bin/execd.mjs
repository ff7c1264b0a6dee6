#!/usr/bin/env sh
':' //; exec node -- "$0" "$@" # without "--" Node reads an --env-file of ours itself

import { main } from '../dist/main.js'

process.exitCode = await main(process.argv.slice(2))
