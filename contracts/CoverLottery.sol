// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ICoverLottery} from "./interfaces/ICoverLottery.sol";
import {CoverClaims} from "./libraries/CoverClaims.sol";
import {CoverRoute} from "./libraries/CoverRoute.sol";
import {ECVRF} from "./libraries/ECVRF.sol";
import {LayerPermutation} from "./libraries/LayerPermutation.sol";
import {ReplayTree} from "./libraries/ReplayTree.sol";
import {LotteryParameters} from "./lottery/LotteryParameters.sol";
import {LotteryRewards} from "./lottery/LotteryRewards.sol";
import {ReplayCommitments} from "./lottery/ReplayCommitments.sol";
import {RelayId} from "./types/RelayId.sol";

/// @title CoverLottery
/// @notice Draws and claims, on top of what relays committed to (`ReplayCommitments`), what they have won
/// (`LotteryRewards`) and what the deployment fixed (`LotteryParameters`).
/// @dev Documented in ICoverLottery.
contract CoverLottery is ReplayCommitments, LotteryRewards {
    /// @dev By epoch, modulo the ring's length: `bit d set when draw d was claimed (224) ‖ epoch(32)`.
    mapping(uint256 place => uint256 word) private _claimed;

    constructor(Parameters memory given) LotteryParameters(given) {}

    /// @inheritdoc ICoverLottery
    /// @dev Not guarded against re-entry: the draw is marked before anything is called that can change state,
    /// and what is called is the source of rewards, which moves nothing.
    function claim(uint32 epoch, uint32 draw, bytes calldata proof) external override {
        // Check
        _requireClaimable(epoch);
        (uint256 place, uint256 claimed) = _unclaimed(epoch, draw);
        (uint256 position, uint256 slot) = _drawnOf(epoch, draw);
        (RelayId sender, bytes32 registered) = REGISTRY.memberAt(CLOCK.eraOf(epoch), position);
        RelayId[3] memory hops = _proven(epoch, sender, registered, uint32(slot), proof);

        // Effect
        _claimed[place] = claimed;
        _creditReward(sender, SENDER_REWARD);
        for (uint256 hop = 0; hop < CoverClaims.HOPS; ++hop) _creditReward(hops[hop], HOP_REWARD);
        emit Claimed(sender, epoch, draw, hops);

        // Interaction
        REWARDS.reserve(uint256(SENDER_REWARD) + CoverClaims.HOPS * uint256(HOP_REWARD));
    }

    /// @inheritdoc ICoverLottery
    function isClaimed(uint32 epoch, uint32 draw) external view override returns (bool) {
        uint256 word = _claimed[epoch % ringLength];
        return uint32(word) == epoch && draw < DRAWS && (word >> (32 + draw)) & 1 == 1;
    }

    /// @inheritdoc ICoverLottery
    function drawnPair(
        uint32 epoch,
        uint32 draw
    ) external view override returns (RelayId sender, uint256 slot) {
        uint256 position;
        (position, slot) = _drawnOf(epoch, draw);
        sender = REGISTRY.relayAt(CLOCK.eraOf(epoch), position);
    }

    /// @inheritdoc ICoverLottery
    function coverVrfInput(
        RelayId relay,
        uint32 epoch,
        uint32 slot
    ) public view override returns (bytes memory) {
        bytes32 seed = _seedOf(epoch);
        return
            abi.encodePacked(
                "waybill cover",
                block.chainid,
                address(this),
                relay,
                uint64(epoch),
                slot,
                seed
            );
    }

    /// @dev Reverts unless `proof` shows that the packet of the slot crossed its route.
    /// @param registered Hash of the sender's VRF key.
    /// @return hops The relays on the route.
    function _proven(
        uint32 epoch,
        RelayId sender,
        bytes32 registered,
        uint32 slot,
        bytes calldata proof
    ) internal view virtual returns (RelayId[3] memory hops) {
        (uint256[3] memory positions, bytes calldata vrfProof) = CoverClaims.open(proof);
        (uint256 vrfX, uint256 vrfY) = CoverClaims.vrfKey(proof);
        bytes32 given = keccak256(abi.encodePacked(vrfX, vrfY));
        if (given != registered) revert CoverLottery_WrongVrfKey(given, registered);
        bytes memory asked = coverVrfInput(sender, epoch, slot);
        bytes32 beta = ECVRF.verify(vrfX, vrfY, asked, vrfProof);
        return _followed(epoch, sender, beta, proof, positions);
    }

    /// @dev Reverts unless the packet that `beta` fixes is in the trees of all its hops, at fitting times.
    /// @param positions Position of each hop in the claim.
    /// @return hops The relays on its route.
    function _followed(
        uint32 epoch,
        RelayId sender,
        bytes32 beta,
        bytes calldata proof,
        uint256[3] memory positions
    ) private view returns (RelayId[3] memory hops) {
        uint256 scalar = CoverRoute.sessionKey(beta);
        if (scalar == 0) revert CoverLottery_VoidSlot();
        (uint256[3] memory picks, uint256 moment) = CoverRoute.picksOf(beta);
        _requireTimes(epoch, moment, positions);

        uint256[3] memory keyX;
        uint256 parities;
        (hops, keyX, parities) = REGISTRY.coverRoute(epoch, sender, picks);
        bytes16[3] memory tags = CoverRoute.tagsOf(scalar, keyX, parities, proof, positions);
        for (uint256 hop = 0; hop < CoverClaims.HOPS; ++hop) {
            bytes28 committed = commitmentAt(hops[hop], epoch);
            if (committed == 0) revert CoverLottery_NotCommitted(hop, hops[hop]);
            bytes28 root = bytes28(ReplayTree.rootFor(epoch, hops[hop], tags[hop], positions[hop]));
            if (root != committed) revert CoverLottery_NotInTree(hop, root, committed);
        }
    }

    /// @dev Reverts unless the packet came to its first hop when it was sent, and to each other no earlier than
    /// to the one before and within the route's span, all as far as clocks agree, and all within the epoch.
    function _requireTimes(uint32 epoch, uint256 moment, uint256[3] memory positions) private view {
        uint256 start = CLOCK.startOf(epoch);
        unchecked {
            // Seconds since 1970 and sums of a few of them are far from overflowing.
            uint256 last = start + CLOCK.epochLength() - 1;
            uint256 earliest = start + (moment % (CLOCK.epochLength() - ROUTE_SPAN));
            uint256 latest = earliest;
            for (uint256 hop = 0; hop < CoverClaims.HOPS; ++hop) {
                uint256 least = Math.max(start + TIME_TOLERANCE, earliest) - TIME_TOLERANCE;
                uint256 most = Math.min(latest + TIME_TOLERANCE, last);
                (uint256 time, ) = CoverClaims.timeAndDepth(positions[hop]);
                if (time < least || time > most)
                    revert CoverLottery_WrongTime(hop, time, least, most);
                if (hop == 0) latest += ROUTE_SPAN;
                earliest = time;
            }
        }
    }

    function _requireClaimable(uint32 epoch) private view {
        uint256 current = CLOCK.current();
        if (current < uint256(epoch) + 2) revert CoverLottery_ClaimTooEarly(epoch, uint32(current));
        uint256 limit = uint256(epoch) + 1 + CLAIM_WINDOW;
        if (current > limit)
            revert CoverLottery_ClaimTooLate(epoch, uint32(current - 1 - CLAIM_WINDOW));
    }

    /// @return place Where the epoch's claimed draws are.
    /// @return claimed What will be there once `draw` is one of them. Reverts when it is already.
    function _unclaimed(
        uint32 epoch,
        uint32 draw
    ) private view returns (uint256 place, uint256 claimed) {
        if (draw >= DRAWS) revert CoverLottery_NoSuchDraw(draw, DRAWS);
        place = epoch % ringLength;
        claimed = _claimed[place];
        if (uint32(claimed) != epoch) claimed = epoch;
        uint256 bit = 1 << (32 + uint256(draw));
        if (claimed & bit != 0) revert CoverLottery_AlreadyClaimed(epoch, draw);
        claimed |= bit;
    }

    /// @return position Of the relay in the era's set.
    /// @return slot Which of its slots.
    function _drawnOf(
        uint32 epoch,
        uint32 draw
    ) private view returns (uint256 position, uint256 slot) {
        bytes32 beacon = BEACON.beaconAt(epoch + 2);
        if (beacon == 0) revert CoverLottery_NothingDrawn(epoch);
        // The permutation takes no more than this; beyond, the last pairs are never drawn.
        uint256 pairs = Math.min(_relaysIn(CLOCK.eraOf(epoch)) * SLOTS, type(uint32).max);
        uint256 limit = Math.min(DRAWS, pairs);
        if (draw >= limit) revert CoverLottery_NoSuchDraw(draw, limit);
        bytes32 key = keccak256(abi.encodePacked("waybill draw", beacon));
        uint256 pair = LayerPermutation.permute(key, uint32(pairs), draw);
        return (pair / SLOTS, pair % SLOTS);
    }
}
