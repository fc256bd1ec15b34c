// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICoverLottery} from "../interfaces/ICoverLottery.sol";
import {RelayId} from "../types/RelayId.sol";
import {LotteryParameters} from "./LotteryParameters.sol";

/// @title ReplayCommitments
/// @notice What relays committed to, and what becomes of those that did not.
abstract contract ReplayCommitments is LotteryParameters {
    /// @dev Per relay a ring of words, `first 28 bytes of the root ‖ epoch(4)`: a slot that is used again
    /// costs a quarter of a fresh one, and the epoch tells what is stale.
    mapping(RelayId relay => mapping(uint256 place => bytes32 word)) private _roots;
    mapping(RelayId relay => mapping(uint32 era => bool blamed)) private _blamed;

    /// @inheritdoc ICoverLottery
    function commit(RelayId relay, uint32 epoch, bytes32 root) external override {
        if (!REGISTRY.isOwnerOrAgent(relay, msg.sender))
            revert CoverLottery_NotOwnerOrAgent(msg.sender, relay);
        uint32 current = CLOCK.current();
        if (current != uint256(epoch) + 1) revert CoverLottery_NotCommittable(epoch, current);
        if (epoch == 0) revert CoverLottery_FirstEpoch();
        if (bytes28(root) == 0) revert CoverLottery_RootZero(root);
        uint256 place = epoch % ringLength;
        if (_epochOf(_roots[relay][place]) == epoch)
            revert CoverLottery_AlreadyCommitted(relay, epoch);

        _roots[relay][place] = bytes32(bytes28(root)) | bytes32(uint256(epoch));
        emit Committed(relay, epoch, root);
    }

    /// @inheritdoc ICoverLottery
    function reportMisses(RelayId relay, uint32[] calldata epochs) external override {
        if (epochs.length <= MISSES_ALLOWED)
            revert CoverLottery_TooFewMisses(epochs.length, uint256(MISSES_ALLOWED) + 1);
        uint32 era = CLOCK.eraOf(epochs[0]);
        if (_blamed[relay][era]) revert CoverLottery_AlreadyBlamed(relay, era);
        if (!REGISTRY.isActive(era, relay)) revert CoverLottery_NotActive(relay, era);
        _relaysIn(era);
        uint32 current = CLOCK.current();
        for (uint256 i = 0; i < epochs.length; ++i) {
            uint32 epoch = epochs[i];
            if (i > 0 && epoch <= epochs[i - 1])
                revert CoverLottery_NotAscending(epoch, epochs[i - 1]);
            if (CLOCK.eraOf(epoch) != era) revert CoverLottery_OtherEra(epoch, era);
            _requireMissed(relay, epoch, current);
        }

        _blamed[relay][era] = true;
        emit MissesReported(relay, era, epochs.length);
        REGISTRY.jail(relay);
    }

    /// @inheritdoc ICoverLottery
    function commitmentAt(
        RelayId relay,
        uint32 epoch
    ) public view override returns (bytes28 commitment) {
        bytes32 word = _roots[relay][epoch % ringLength];
        if (_epochOf(word) == epoch) commitment = bytes28(word);
    }

    /// @dev Reverts unless `relay` had to commit to `epoch`, can no longer, and did not.
    function _requireMissed(RelayId relay, uint32 epoch, uint32 current) private view {
        if (epoch < firstEpoch) revert CoverLottery_BeforeLottery(epoch, firstEpoch);
        if (current <= uint256(epoch) + 1) revert CoverLottery_NotMissedYet(epoch, current);
        if (current > uint256(epoch) + ringLength)
            revert CoverLottery_TooLongAgo(epoch, current - ringLength);
        _seedOf(epoch);
        if (commitmentAt(relay, epoch) != 0) revert CoverLottery_NotMissed(relay, epoch);
    }

    function _epochOf(bytes32 word) private pure returns (uint32) {
        return uint32(uint256(word));
    }
}
