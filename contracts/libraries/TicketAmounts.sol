// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title TicketAmounts
/// @notice What a ticket into each layer is worth (protocol section 3).
/// @dev Every relay keeps the net fee f per packet on average, after the burn share b and after it has
/// paid the next hop: a2 = f/(1−b), a1 = (f+a2)/(1−b), a0 = (f+a1)/(1−b), and a winner, one in 1/p, is
/// worth a_l/p. All divisions round up, in favour of the relay. Each amount is above the next by at least
/// f, whatever b and p, and all are zero exactly when f is.
library TicketAmounts {
    uint256 internal constant BPS = 10_000;

    /// @param netFee f, in the token's smallest unit.
    /// @param burnShareBps b in hundredths of a percent, below 10,000.
    /// @param winProb p = (winProb + 1) / 2^64.
    function perLayer(
        uint128 netFee,
        uint16 burnShareBps,
        uint64 winProb
    ) internal pure returns (uint128 entry, uint128 middle, uint128 last) {
        uint256 keptBps = BPS - burnShareBps;
        uint256 a2 = _grossUp(netFee, keptBps);
        uint256 a1 = _grossUp(netFee + a2, keptBps);
        uint256 a0 = _grossUp(netFee + a1, keptBps);
        return (_perWinner(a0, winProb), _perWinner(a1, winProb), _perWinner(a2, winProb));
    }

    function _grossUp(uint256 net, uint256 keptBps) private pure returns (uint256) {
        return Math.ceilDiv(net * BPS, keptBps);
    }

    function _perWinner(uint256 perPacket, uint64 winProb) private pure returns (uint128) {
        return SafeCast.toUint128(Math.ceilDiv(perPacket << 64, uint256(winProb) + 1));
    }
}
