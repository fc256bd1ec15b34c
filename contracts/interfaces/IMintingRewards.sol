// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRewardSource} from "./IRewardSource.sol";

/// @title IMintingRewards
/// @notice Rewards out of newly minted tokens, within the token's cap per epoch.
/// @dev Works once the token has appointed this contract its minter. Mints in batches, so that most claims
/// change one storage slot here and none in the token.
interface IMintingRewards is IRewardSource {
    error MintingRewards_BatchTooLarge(uint256 got, uint256 limit);

    /// @return Tokens minted at a time, unless more is needed at once or less is left of the cap.
    function batch() external view returns (uint256);
}
