// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CoverClaims} from "../libraries/CoverClaims.sol";
import {CoverRoute} from "../libraries/CoverRoute.sol";
import {ReplayTree} from "../libraries/ReplayTree.sol";
import {RelayId} from "../types/RelayId.sol";

/// @title CoverRouteHarness
/// @notice Opens the lottery's libraries to tests, many slots in a call.
contract CoverRouteHarness {
    struct Packet {
        uint256 sessionKey;
        uint256[3] keyX;
        uint256 parities;
        bytes claim;
    }

    function slots(
        bytes32[] calldata betas
    )
        external
        pure
        returns (uint256[] memory keys, uint256[3][] memory picks, uint256[] memory moments)
    {
        keys = new uint256[](betas.length);
        picks = new uint256[3][](betas.length);
        moments = new uint256[](betas.length);
        for (uint256 i = 0; i < betas.length; ++i) {
            keys[i] = CoverRoute.sessionKey(betas[i]);
            (picks[i], moments[i]) = CoverRoute.picksOf(betas[i]);
        }
    }

    function tags(Packet[] calldata packets) external view returns (bytes16[3][] memory found) {
        found = new bytes16[3][](packets.length);
        for (uint256 i = 0; i < packets.length; ++i) {
            Packet calldata packet = packets[i];
            (uint256[3] memory positions, ) = CoverClaims.open(packet.claim);
            found[i] = CoverRoute.tagsOf(
                packet.sessionKey,
                packet.keyX,
                packet.parities,
                packet.claim,
                positions
            );
        }
    }

    /// @notice The root for the first hop of a claim.
    function root(
        uint32 epoch,
        RelayId relay,
        bytes16 tag,
        bytes calldata claim
    ) external pure returns (bytes32) {
        (uint256[3] memory positions, ) = CoverClaims.open(claim);
        return ReplayTree.rootFor(epoch, relay, tag, positions[0]);
    }
}
