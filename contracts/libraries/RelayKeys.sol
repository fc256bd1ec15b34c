// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {RelayId} from "../types/RelayId.sol";
import {ECVRF} from "./ECVRF.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title RelayKeys
/// @notice How a relay's id follows from its VRF key, and what its keys must satisfy (protocol section 2).
library RelayKeys {
    function idOf(
        address registry,
        address owner,
        uint256 vrfX,
        uint256 vrfY
    ) internal view returns (RelayId) {
        bytes memory named = abi.encodePacked(
            "waybill relay",
            block.chainid,
            registry,
            owner,
            vrfX,
            vrfY
        );
        return RelayId.wrap(bytes32(bytes27(keccak256(named))));
    }

    function hashOf(uint256 x, uint256 y) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(x, y));
    }

    /// @dev The id holds the owner's address, so a proof seen in the queue is of no use to another.
    function checkPossession(
        RelayId id,
        uint256 x,
        uint256 y,
        bytes calldata possession
    ) internal view {
        if (!Secp256k1.isPublicKey(x, y)) revert IRelayRegistry.RelayRegistry_VrfKeyInvalid(x, y);
        ECVRF.verify(x, y, abi.encodePacked("waybill possession", id), possession);
    }

    function checkPacketKey(uint256 x, uint256 y) internal pure {
        if (!Secp256k1.isPublicKey(x, y))
            revert IRelayRegistry.RelayRegistry_PacketKeyInvalid(x, y);
    }
}
