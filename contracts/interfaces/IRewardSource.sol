// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IRewardSource
/// @notice Where the lottery's rewards come from (protocol section 7).
/// @dev A ledger of two sums: free tokens, and tokens reserved for rewards that are already credited.
/// What a claim credits is reserved in the same call, so that no credited reward ever waits for money.
/// Together they never exceed the tokens held.
///
/// Trust: the deployer connects one lottery, once; from then on nobody but that lottery moves anything
/// out of here, and it can pay out only what it has reserved. Until then nothing can be paid. Like
/// everywhere in Waybill, a token that takes balances away by itself is not supported: payments then work,
/// first come first served, as far as tokens reach.
interface IRewardSource {
    event LotteryConnected(address lottery);

    error RewardSource_NoContract(address got);
    error RewardSource_NotDeployer(address got, address deployer);
    error RewardSource_LotteryConnected(address lottery);
    error RewardSource_NotLottery(address got, address lottery);
    /// @notice There is less than the claim needs; a pool can be topped up, and a minting source has more
    /// in the next epoch.
    error RewardSource_Short(uint256 available, uint256 needed);
    error RewardSource_AboveReserved(uint256 got, uint256 reserved);
    /// @notice The token took away tokens that this contract should hold.
    error RewardSource_TokenShortfall(uint256 held, uint256 needed);

    /// @notice Names the lottery, once and for ever. Whoever deployed this contract only.
    function connectLottery(address lottery) external;

    /// @notice Sets `amount` aside for rewards. The lottery only.
    function reserve(uint256 amount) external;

    /// @notice Sends `amount` of what was reserved to `to`. The lottery only.
    function pay(address to, uint256 amount) external;

    /// @return What rewards are paid in.
    function token() external view returns (IERC20);

    /// @return The lottery, or zero as long as none is connected.
    function lottery() external view returns (address);

    /// @return What could be reserved now.
    function available() external view returns (uint256);

    /// @return What is set aside and not paid out yet.
    function reserved() external view returns (uint256);
}
