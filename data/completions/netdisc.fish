# SPDX-License-Identifier: MIT
# Completion of netdisc in fish. Candidates come from the program itself: `netdisc --complete WORD...`.

function __netdisc_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct | string unescape; or commandline -ct)
    $words[1] --complete $words[2..] "$begun" 2>/dev/null
end

complete -c netdisc -f -a '(__netdisc_complete)'
