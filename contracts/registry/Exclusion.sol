// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExclusion} from "../interfaces/IExclusion.sol";
import {RelayId} from "../types/RelayId.sol";
import {RelayRecords} from "./RelayRecords.sol";

/// @title Exclusion
/// @notice Jail for relays that miss commitments, and the vote that ejects one.
abstract contract Exclusion is RelayRecords {
    /// @dev The last era in which somebody voted against a relay, and the votes given in it.
    struct Ballot {
        uint32 era;
        uint32 votes;
    }

    address private immutable DEPLOYER = msg.sender;

    /// @inheritdoc IExclusion
    address public override lottery;
    mapping(RelayId target => Ballot ballot) private _ballots;
    mapping(RelayId voter => mapping(RelayId target => uint32 era)) private _lastVote;

    /// @inheritdoc IExclusion
    function connectLottery(address connected) external override {
        if (msg.sender != DEPLOYER) revert Exclusion_NotDeployer(msg.sender, DEPLOYER);
        if (lottery != address(0)) revert Exclusion_LotteryConnected(lottery);
        if (connected.code.length == 0) revert Exclusion_NoContract(connected);
        lottery = connected;
        emit LotteryConnected(connected);
    }

    /// @inheritdoc IExclusion
    function jail(RelayId id) external override {
        if (msg.sender != lottery) revert Exclusion_NotLottery(msg.sender, lottery);
        Relay storage relay = _relays[id];
        if (relay.status != Status.Joined)
            revert RelayRegistry_WrongStatus(id, relay.status, Status.Joined);
        uint32 fromEra = _removeFromSets(relay.serial);
        relay.status = Status.Jailed;
        relay.jailedFromEra = fromEra;
        emit RelayJailed(id, fromEra);
    }

    /// @inheritdoc IExclusion
    function returnFromJail(RelayId id) external override onlyOwnerOrAgent(id) {
        Relay storage relay = _relays[id];
        if (relay.status != Status.Jailed)
            revert RelayRegistry_WrongStatus(id, relay.status, Status.Jailed);
        uint32 era = openEra();
        if (era <= relay.jailedFromEra) revert Exclusion_EraNotMissed(era, relay.jailedFromEra);
        relay.status = Status.Joined;
        emit RelayReturned(id, _addToSets(relay.serial));
    }

    /// @inheritdoc IExclusion
    function voteToEject(RelayId voter, RelayId target) external override onlyOwner(voter) {
        uint32 era = CLOCK.eraOf(CLOCK.current());
        if (_relays[voter].status != Status.Joined || !isActive(era, voter))
            revert Exclusion_NoVote(voter, era);
        _checkStays(target);
        // No relay is active in era 0, so zero means no vote yet.
        if (_lastVote[voter][target] == era) revert Exclusion_VotedAlready(voter, target, era);

        _lastVote[voter][target] = era;
        Ballot storage ballot = _ballots[target];
        uint32 votes = ballot.era == era ? ballot.votes + 1 : 1;
        (ballot.era, ballot.votes) = (era, votes);
        emit EjectionVote(voter, target, era, votes);
        if (uint256(votes) * 3 > uint256(_countIn(era)) * 2) {
            emit RelayEjected(target, era, votes);
            _leave(target);
        }
    }

    /// @inheritdoc IExclusion
    function jailedFromEra(RelayId id) external view override returns (uint32) {
        return _relays[id].jailedFromEra;
    }

    /// @inheritdoc IExclusion
    function ejectionVotes(uint32 era, RelayId target) external view override returns (uint256) {
        Ballot storage ballot = _ballots[target];
        return ballot.era == era ? ballot.votes : 0;
    }
}
