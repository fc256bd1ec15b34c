// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayId} from "../types/RelayId.sol";

/// @title IExclusion
/// @notice How a relay is taken out of the active set against its will (protocol section 2).
/// @dev A relay that misses too many commitments of an era is jailed, on the lottery's word alone, and
/// comes back by its own action. More than two thirds of the running era's relays, one bond one vote,
/// eject a relay for ever. Neither touches money: bonds are never slashed, and whoever is out redeems,
/// claims and withdraws what it earned while it was active.
///
/// Trust: the lottery is a contract that the deployer names once. Without one nobody is ever jailed.
interface IExclusion {
    /// @notice The lottery may jail relays from now on, and no other contract ever.
    event LotteryConnected(address lottery);
    /// @notice The relay is active no more from `fromEra` on, until it returns.
    event RelayJailed(RelayId indexed id, uint32 fromEra);
    /// @notice The relay is active again from `fromEra` on.
    event RelayReturned(RelayId indexed id, uint32 fromEra);
    /// @notice `votes` of the relays of `era` want the target out.
    event EjectionVote(RelayId indexed voter, RelayId indexed target, uint32 era, uint256 votes);
    /// @notice The vote is carried: `RelayLeft` says what follows.
    event RelayEjected(RelayId indexed id, uint32 era, uint256 votes);

    error Exclusion_NotDeployer(address got, address deployer);
    error Exclusion_NoContract(address got);
    error Exclusion_LotteryConnected(address lottery);
    error Exclusion_NotLottery(address got, address lottery);
    /// @notice A jailed relay is out for one whole era at least.
    error Exclusion_EraNotMissed(uint32 openEra, uint32 jailedFromEra);
    /// @notice Only relays that are active in the running era have a vote in it.
    error Exclusion_NoVote(RelayId voter, uint32 era);
    error Exclusion_VotedAlready(RelayId voter, RelayId target, uint32 era);

    /// @notice Names the lottery, once and for ever. Whoever deployed the registry only.
    function connectLottery(address lottery) external;

    /// @notice Takes a joined relay out of the active set, from the next era to be fixed. The lottery only.
    function jail(RelayId id) external;

    /// @notice Takes a jailed relay back, from the next era to be fixed. Owner or agent, once it has
    /// missed at least one era.
    function returnFromJail(RelayId id) external;

    /// @notice Votes to eject `target`, a joined or jailed relay. The owner of `voter` only, whose relay is
    /// joined and active in the running era; once per voter, target and era.
    /// @dev Votes count for the era in which they are given. With the first vote above two thirds of the
    /// era's relays the target goes as if it had started leaving itself.
    function voteToEject(RelayId voter, RelayId target) external;

    /// @return The lottery, or zero as long as none is connected.
    function lottery() external view returns (address);

    /// @return The first era that a relay missed, or will, for its last stay in jail; zero if it never was.
    function jailedFromEra(RelayId id) external view returns (uint32);

    /// @return Votes given in `era` to eject `target`; zero for eras before the last one with a vote.
    function ejectionVotes(uint32 era, RelayId target) external view returns (uint256);
}
