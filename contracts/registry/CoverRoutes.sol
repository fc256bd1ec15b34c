// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRelayRegistry} from "../interfaces/IRelayRegistry.sol";
import {MemberWord} from "../types/MemberWord.sol";
import {RelayId} from "../types/RelayId.sol";
import {RelayRecords} from "./RelayRecords.sol";

/// @title CoverRoutes
/// @notice What the lottery asks of the registry for each claim, in two calls.
abstract contract CoverRoutes is RelayRecords {
    /// @dev With fewer, a layer has one relay only, and there may be none beside the sender.
    uint256 private constant LEAST_RELAYS = 6;

    /// @inheritdoc IRelayRegistry
    function memberAt(
        uint32 era,
        uint256 position
    ) external view returns (RelayId id, bytes32 vrfKeyHash) {
        id = relayAt(era, position);
        vrfKeyHash = _relays[id].vrfKeyHash;
    }

    /// @inheritdoc IRelayRegistry
    function coverRoute(
        uint32 epoch,
        RelayId sender,
        uint256[3] calldata picks
    ) external view returns (RelayId[3] memory ids, uint256[3] memory keyX, uint256 parities) {
        uint32 era = CLOCK.eraOf(epoch);
        uint32 count = _countIn(era);
        if (count < LEAST_RELAYS) revert RelayRegistry_TooFewRelays(count, LEAST_RELAYS);
        bytes32 key = _layerKeyOrRevert(era);
        unchecked {
            // No layer is empty, and positions are below the count.
            for (uint256 layer = 0; layer < LAYERS; ++layer) {
                uint256 size = _layerSize(count, layer);
                uint256 k = picks[layer] % size;
                MemberWord member = _memberInLayer(era, key, count, layer, k);
                if (member.id() == sender)
                    member = _memberInLayer(era, key, count, layer, (k + 1) % size);

                uint256 parity;
                ids[layer] = member.id();
                (keyX[layer], parity) = _packetKeyIn(member.id(), member, epoch);
                parities |= parity << layer;
            }
        }
    }
}
