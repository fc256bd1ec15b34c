// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev What redemptions left a relay, in one storage word, from the top:
/// owed burn (128 bits) ‖ credit (128).
type EarningsWord is uint256;

using EarningsWords for EarningsWord global;

/// @title EarningsWords
/// @notice Reads and changes the fields of a relay's earnings.
library EarningsWords {
    /// @notice A sum of earnings does not fit 128 bits.
    error EarningsWord_TooLarge(uint256 credit, uint256 owedBurn);

    /// @return A word with these two, if they fit.
    function make(uint256 credit_, uint256 owedBurn_) internal pure returns (EarningsWord) {
        if ((credit_ | owedBurn_) > type(uint128).max)
            revert EarningsWord_TooLarge(credit_, owedBurn_);
        return EarningsWord.wrap((owedBurn_ << 128) | credit_);
    }

    /// @return What can be withdrawn or spent.
    function credit(EarningsWord word) internal pure returns (uint256) {
        return uint128(EarningsWord.unwrap(word));
    }

    /// @return What is to be burned.
    function owedBurn(EarningsWord word) internal pure returns (uint256) {
        return EarningsWord.unwrap(word) >> 128;
    }
}
