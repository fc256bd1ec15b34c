// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelId.sol";
import {PayerId} from "../types/PayerId.sol";
import {RelayId} from "../types/RelayId.sol";

/// @title ChannelIds
/// @notice Derives who pays and which channel is meant (protocol section 3).
library ChannelIds {
    /// @return The payer that an account is: its address, padded on the left.
    function ofAccount(address account) internal pure returns (PayerId) {
        return PayerId.wrap(bytes32(uint256(uint160(account))));
    }

    /// @return The payer that a relay is. Two relays of one owner are two payers.
    function ofRelay(RelayId relay) internal pure returns (PayerId) {
        return PayerId.wrap(keccak256(abi.encodePacked("waybill relay payer", relay)));
    }

    function channel(
        PayerId payer,
        address ticketSigner,
        RelayId relay
    ) internal pure returns (ChannelId) {
        return
            ChannelId.wrap(
                keccak256(abi.encodePacked("waybill channel", payer, ticketSigner, relay))
            );
    }
}
