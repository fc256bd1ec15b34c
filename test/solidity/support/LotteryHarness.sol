// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CoverLottery} from "../../../contracts/CoverLottery.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";

/// @title LotteryHarness
/// @notice The lottery, with everything about claims but their cryptography.
/// @dev What is left out: that the VRF output is the sender's, and that the packet is in the trees of its
/// hops. In its place a hash of what the VRF would be asked stands for its output; the route follows from
/// that and the registry as it would from the VRF, and hops must have committed to something.
contract LotteryHarness is CoverLottery {
    constructor(Parameters memory given) CoverLottery(given) {}

    function _proven(
        uint32 epoch,
        RelayId sender,
        bytes32,
        uint32 slot,
        bytes calldata
    ) internal view override returns (RelayId[3] memory hops) {
        hops = routeOf(epoch, sender, slot);
        for (uint256 hop = 0; hop < 3; ++hop)
            if (commitmentAt(hops[hop], epoch) == 0)
                revert CoverLottery_NotCommitted(hop, hops[hop]);
    }

    /// @notice The route that a claim of this slot is about.
    function routeOf(
        uint32 epoch,
        RelayId sender,
        uint32 slot
    ) public view returns (RelayId[3] memory hops) {
        uint256 output = uint256(keccak256(coverVrfInput(sender, epoch, slot)));
        uint256[3] memory picks = [output & 0xffff, (output >> 16) & 0xffff, output >> 32];
        (hops, , ) = REGISTRY.coverRoute(epoch, sender, picks);
    }
}
